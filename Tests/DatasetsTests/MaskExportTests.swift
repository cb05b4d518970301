import Foundation
import Testing

@testable import Datasets

/// Masks as other tools have them, there and back (Scripts/goldens/exports.py).
@Suite struct MaskExportTests {
    private struct Golden: Decodable {
        var rows: [String]
        var counts: String
        var area: Int
        var box: [Int]

        var mask: BinaryMask {
            BinaryMask(height: rows.count, width: rows[0].count, values: rows.joined().map { $0 == "#" })
        }
    }

    private static func goldens() throws -> [Golden] {
        let url = Goldens.folder.deletingLastPathComponent().appending(path: "exports/coco.json")
        return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    }

    private static func photos(_ goldens: [Golden]) -> [ExportedPhoto] {
        goldens.enumerated().map { index, golden in
            let mask = golden.mask
            return ExportedPhoto(
                file: "photo \(index).jpg", stem: "photo \(index)", height: mask.height, width: mask.width,
                objects: [ExportedPhoto.Object(className: index % 3 == 0 ? "cup" : "tea pot", mask: mask)])
        }
    }

    /// What an export as COCO has.
    static func coco(_ photos: [ExportedPhoto]) throws -> COCOExport.Instances {
        var file = COCOExport.Instances()
        try withTemporaryFolder { folder in
            _ = try COCOExport().write(photos, to: folder)
            file = try JSONDecoder().decode(
                COCOExport.Instances.self, from: Data(contentsOf: folder.appending(path: "instances.json")))
        }
        return file
    }

    /// What our reader makes of a file for a photo.
    private static func read(_ url: URL, _ photo: ExportedPhoto) throws -> BinaryMask {
        let shown = AnnotatedPhoto(name: photo.file, height: photo.height, width: photo.width)
        return try AnnotationFile.read(url, for: shown).annotation.rasterised(height: photo.height, width: photo.width)
    }

    @Test func cocoHasTheRunsOfPycocotools() throws {
        let goldens = try Self.goldens()
        #expect(goldens.count > 20)
        let file = try Self.coco(Self.photos(goldens))
        let full = goldens.enumerated().filter { $0.element.area > 0 }
        #expect(file.images.count == goldens.count)
        #expect(file.annotations.map(\.segmentation.counts) == full.map(\.element.counts))
        #expect(file.annotations.map(\.area) == full.map(\.element.area))
        #expect(file.annotations.map(\.bbox) == full.map(\.element.box))
        #expect(file.annotations.map(\.image_id) == full.map { $0.offset + 1 })
        #expect(file.categories.map(\.name).sorted() == ["cup", "tea pot"])
    }

    @Test func polygonsWithoutAToleranceAreTheMaskExactly() throws {
        for (index, golden) in try Self.goldens().enumerated() {
            let mask = golden.mask
            let polygons = MaskPolygons(mask)
            #expect(polygons.mask == mask, "case \(index)")
            #expect(polygons.iou == 1)
            #expect(polygons.parts.count == mask.regions().count)
        }
    }

    @Test func holesAndPartsInHolesAreRingsOfTheirOwn() {
        let mask = BinaryMask("#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######", ".......", "##.....")
        let polygons = MaskPolygons(mask)
        #expect(polygons.parts.map(\.holes.count) == [1, 1, 0])
        #expect(polygons.parts[0].outer.count == 4)
        #expect(polygons.parts[0].holes[0].count == 4)
        #expect(polygons.parts[2].outer == [Point(x: 2, y: 8), Point(x: 2, y: 9), Point(x: 0, y: 9), Point(x: 0, y: 8)])
        #expect(polygons.mask == mask)
    }

    @Test func pixelsThatTouchAtACornerAreOnePart() {
        let polygons = MaskPolygons(BinaryMask("#..", ".#.", "..#"))
        #expect(polygons.parts.count == 1)
        #expect(polygons.mask == BinaryMask("#..", ".#.", "..#"))
    }

    @Test func aToleranceSavesCornersAndSaysWhatItCosts() {
        let disc = BinaryMask(height: 80, width: 100) { x, y in (x - 50) * (x - 50) + (y - 40) * (y - 40) < 900 }
        let exact = MaskPolygons(disc)
        let rough = MaskPolygons(disc, tolerance: 1)
        let corners = (exact.parts[0].outer.count, rough.parts[0].outer.count)
        #expect(corners.1 < corners.0 / 4, "\(corners)")
        #expect(rough.iou > 0.95 && rough.iou < 1)
        #expect(rough.iou == rough.mask.iou(with: disc))
        #expect(MaskPolygons(disc, tolerance: 8).iou < rough.iou)
        #expect(MaskPolygons(BinaryMask("#"), tolerance: 50).iou == 1)
    }

    @Test(arguments: ["coco", "yolo", "labelme", "polygons"])
    func everyFormatIsReadBackToTheSamePixels(_ name: String) throws {
        try withTemporaryFolder { folder in
            let photos = Self.photos(try Self.goldens())
            let summary = try MaskExports.named(name, tolerance: 0).write(photos, to: folder)
            #expect(summary.iou?.lowest ?? 1 == 1)
            #expect(summary.objects == photos.filter { !$0.objects.isEmpty }.count)
            for photo in photos where !photo.objects.isEmpty {
                let url =
                    switch name {
                    case "coco": folder.appending(path: "instances.json")
                    case "yolo": folder.appending(path: "labels/\(photo.stem).txt")
                    case "labelme": folder.appending(path: "\(photo.stem).json")
                    default: folder.appending(path: "\(photo.stem).geojson")
                    }
                #expect(try Self.read(url, photo) == photo.objects[0].runs.mask, "\(name) \(photo.stem)")
            }
        }
    }

    @Test func classesKeepTheirNames() throws {
        try withTemporaryFolder { folder in
            let mask = BinaryMask("##..", "##..", "....")
            let other = BinaryMask("....", "...#", "..##")
            let photo = ExportedPhoto(
                file: "a.jpg", stem: "a", height: 3, width: 4,
                objects: [.init(className: "tea pot", mask: mask), .init(className: "cup: it's", mask: other)])
            for name in ["yolo", "labelme", "polygons"] { _ = try MaskExports.named(name).write([photo], to: folder) }
            let shown = AnnotatedPhoto(name: "a.jpg", height: 3, width: 4)
            for file in ["labels/a.txt", "a.json", "a.geojson"] {
                let all = try AnnotationFile.readAll(folder.appending(path: file), for: shown)
                #expect(all.map(\.className) == ["tea pot", file == "labels/a.txt" ? "cup: it s" : "cup: it's"], "\(file)")
            }
        }
    }

    @Test func paletteFoldersAreDatasetsOfOurs() throws {
        try withTemporaryFolder { folder in
            let under = BinaryMask("###.", "###.", "....")
            let over = BinaryMask("..##", "..##", "....")
            let photo = ExportedPhoto(
                file: "a.jpg", stem: "a", height: 3, width: 4,
                objects: [.init(className: "cup", mask: under), .init(className: "pot", mask: over)])
            let summary = try PaletteExport().write([photo], to: folder)
            #expect(summary.iou == nil)
            let map = try LabelMap.load(folder.appending(path: "SegmentationClass/a.png"))
            #expect(map.values == [1, 1, 2, 2, 1, 1, 2, 2, 0, 0, 0, 0])
            #expect(try ClassList.read(folder)?.map(\.name) == ["cup", "pot"])
        }
    }

    @Test func photosOfOneStemAreRefused() throws {
        try withTemporaryFolder { folder in
            let photo = ExportedPhoto(file: "b/a.jpg", stem: "a", height: 1, width: 1, objects: [])
            for name in MaskExports.names {
                let export = try MaskExports.named(name)
                #expect(throws: DatasetError.self) { try export.write([photo, photo], to: folder) }
                var outside = photo
                outside.stem = "../a"
                #expect(throws: DatasetError.self) { try export.write([outside], to: folder) }
            }
        }
    }

    @Test func geoJSONThatIsNoneIsRefusedWithItsPlace() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.geojson")
            let text =
                #"{"type": "FeatureCollection", "image": "a.jpg", "height": 4, "width": 4, "features": [{"properties": {"class": "cup"}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}}]}"#
            try Data(text.utf8).write(to: url)
            let error = #expect(throws: DatasetError.self) {
                try AnnotationFile.load(url, height: 4, width: 4)
            }
            #expect(error?.found == "2 points")
        }
    }
}
