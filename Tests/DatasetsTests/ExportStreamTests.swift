import Foundation
import Testing

@testable import Datasets

/// Exports that are written photo by photo.
@Suite struct ExportStreamTests {
    private static let classes = ["cup", "plate", "tea pot"]

    /// A photo with a few rectangles, different for every number.
    private static func photo(_ number: Int) -> ExportedPhoto {
        let (height, width) = (12 + number % 5, 16 + number % 3)
        let objects = (0..<(number % 4)).map { object in
            let mask = BinaryMask(height: height, width: width) { x, y in
                x >= object * 3 && x < object * 3 + 2 + number % 2 && y > number % 7 && y < 10
            }
            return ExportedPhoto.Object(className: classes[(number + object) % 3], mask: mask)
        }
        return ExportedPhoto(file: "p\(number).jpg", stem: "p\(number)", height: height, width: width, objects: objects)
    }

    private static func content(_ folder: URL) throws -> [String: Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return Dictionary(
            uniqueKeysWithValues: names.compactMap { name in
                (try? Data(contentsOf: folder.appending(path: name))).map { (name, $0) }
            })
    }

    @Test func cocoOfThousandsOfPhotosIsTheFileThatEncodingAllAtOnceGives() throws {
        try withTemporaryFolder { folder in
            let count = 3000
            let writer = try COCOExport().writer(to: folder)
            for number in 0..<count { try writer.add(Self.photo(number)) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { $0.hasPrefix(".") })
            let summary = try writer.finish()
            let data = try Data(contentsOf: folder.appending(path: "instances.json"))
            let file = try JSONDecoder().decode(COCOExport.Instances.self, from: data)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            #expect(try encoder.encode(file) + Data("\n".utf8) == data)
            #expect(file.images.map(\.id) == Array(1...count) && file.images.last?.file_name == "p2999.jpg")
            #expect(file.annotations.map(\.id) == Array(1...summary.objects))
            #expect(summary.objects == (0..<count).reduce(0) { $0 + Self.photo($1).objects.count })
            // The first class is that of the second photo, which is the first with an object.
            #expect(file.categories.map(\.name) == ["plate", "tea pot", "cup"])
            for annotation in file.annotations.suffix(20) {
                let photo = Self.photo(annotation.image_id - 1)
                let name = file.categories[annotation.category_id - 1].name
                #expect(photo.objects.contains { $0.className == name && $0.runs.compressed == annotation.segmentation.counts })
            }
        }
    }

    @Test func tablesGrowRowByRow() throws {
        try withTemporaryFolder { folder in
            let count = 3000
            let summary = try AreaExport().write((0..<count).map(Self.photo), to: folder)
            let text = try String(contentsOf: folder.appending(path: "instances.csv"), encoding: .utf8)
            let lines = text.split(separator: "\n")
            #expect(lines.count == summary.objects + 1 && text.hasSuffix("\n"))
            #expect(Set(lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }) == [10])
        }
    }

    @Test func anExportWithoutItsEndLeavesNothingOfTheFilesOfAllPhotos() throws {
        for name in ["coco", "csv"] {
            try withTemporaryFolder { folder in
                let earlier = try MaskExports.named(name).write([Self.photo(1)], to: folder)
                #expect(earlier.objects == 1)
                let before = try Self.content(folder)
                do {
                    let writer = try MaskExports.named(name).writer(to: folder)
                    try writer.add(Self.photo(2))
                    #expect(throws: DatasetError.self) { try writer.add(Self.photo(2)) }
                }
                #expect(try Self.content(folder) == before)
            }
        }
    }

    @Test func yoloHasPhotosBesideLabelsAndWhatUltralyticsAsksFor() throws {
        try withTemporaryFolder { folder in
            let source = folder.appending(path: "x/holiday.JPG")
            try FileManager.default.createDirectory(
                at: source.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("a photo".utf8).write(to: source)
            var (photo, lost) = (Self.photo(3), Self.photo(5))
            (photo.file, photo.stem, photo.source) = ("holiday.JPG", "holiday-2", source)
            photo.classes = ["no", "cup"]
            lost.source = folder.appending(path: "x/gone.jpg")
            let out = folder.appending(path: "yolo")
            let summary = try YOLOExport().write([photo, lost], to: out)
            #expect(summary.missingPhotos == 1 && summary.line.contains("without 1 photos"))
            let names = try Self.content(out).keys.sorted()
            #expect(names == ["data.yaml", "images/holiday-2.JPG", "labels/holiday-2.txt", "labels/p5.txt"])
            #expect(try Data(contentsOf: out.appending(path: "images/holiday-2.JPG")) == Data("a photo".utf8))
            let text = try String(contentsOf: out.appending(path: "data.yaml"), encoding: .utf8)
            #expect(text == "train: images\nval: images\nnames:\n  0: 'no'\n  1: cup\n  2: plate\n  3: tea pot\n")
            // Once more, over what is there; labelme wants the photo beside its file.
            _ = try YOLOExport().write([photo], to: out)
            _ = try LabelmeExport().write([photo], to: folder.appending(path: "labelme"))
            #expect(try Self.content(folder.appending(path: "labelme")).keys.sorted() == ["holiday-2.json", "holiday.JPG"])
        }
    }

    @Test func photosThatLieWhereTheExportGoesStay() throws {
        try withTemporaryFolder { folder in
            let source = folder.appending(path: "p3.jpg")
            var photo = Self.photo(3)
            photo.source = source
            let link = folder.appending(path: "linked.jpg")
            for round in 0..<2 {
                try Data("photo \(round)".utf8).write(to: source)
                let summary = try LabelmeExport().write([photo], to: folder)
                #expect(summary.missingPhotos == 0 && summary.files == 2)
                #expect(try Data(contentsOf: source) == Data("photo \(round)".utf8))
            }
            // What a link leads to is copied, also where it leads to the place itself.
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: source)
            photo.source = link
            _ = try LabelmeExport().write([photo], to: folder)
            #expect(try Data(contentsOf: source) == Data("photo 1".utf8))
            #expect(try Self.content(folder).keys.sorted() == ["linked.jpg", "p3.jpg", "p3.json"])
        }
    }
}
