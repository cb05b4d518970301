import Foundation
import TensorCore
import Testing

@testable import Datasets

/// COCO-20i from downloads in miniature, which the tests write themselves.
@Suite("Builds of COCO-20i") struct COCOBuildTests {
    private typealias Picture = COCODownload.Picture

    /// Fold 0 has person (1) and airplane (5); fold 1 bicycle (2); fold 2 car (3).
    private static let val: [Picture] = [
        Picture(number: 11, objects: [(1, (0, 0, 20, 10)), (2, (0, 0, 40, 30))]),
        Picture(number: 12, objects: [(1, (5, 5, 10, 20)), (5, (8, 8, 20, 10))]),
        Picture(number: 13, objects: []),
        Picture(number: 14, objects: [(1, (0, 0, 15, 15)), (5, (20, 10, 15, 15))]),
        Picture(number: 15, objects: [(5, (3, 3, 3, 3)), (2, (1, 1, 30, 20))]),
    ]
    private static let train: [Picture] = [
        Picture(number: 21, objects: [(2, (0, 0, 20, 20)), (1, (20, 0, 20, 30))]),
        Picture(number: 22, objects: [(2, (5, 5, 20, 20)), (3, (0, 0, 12, 12))]),
        Picture(number: 23, objects: [(3, (10, 0, 20, 20))]),
    ]

    private static var listRule: COCOListRule {
        var rule = COCOListRule()
        rule.minimumPixels = 100
        return rule
    }

    private static func download(_ folder: URL, year: Int = 2014) throws -> COCODownload {
        let download = COCODownload(root: folder.appending(path: "in"), year: year)
        try download.write("val", val)
        try download.write("train", train)
        return download
    }

    private static func build(
        _ download: COCODownload, to out: URL, rule: COCOMaskRule = COCOMaskRule(), photos: PhotoPlacement = .link,
        lists: URL? = nil
    ) async throws -> BuildSummary {
        let build = COCOBuild(
            coco: download.root.path, lists: lists?.path, photos: photos, maskRule: rule, listRule: listRule)
        return try await build.run(in: RunFolder(out.path, command: COCOBuild.command), workers: 3, cache: nil)
    }

    /// Every file but the manifest, by its path.
    private static func content(_ folder: URL) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let url = folder.appending(path: path)
            if FileBytes.isFolder(url) || path == RunFolder.manifestName || path.hasPrefix(".") { continue }
            files[path] = try Data(contentsOf: url)
        }
        return files
    }

    private static func options(_ change: (inout COCO20iOptions) -> Void = { _ in }) -> COCO20iOptions {
        var options = COCO20iOptions()
        (options.minimumPixels, options.cache) = (100, nil)
        change(&options)
        return options
    }

    @Test("A build opens as the downloads do: the same lists, masks and rule", arguments: [2014, 2017])
    func same(year: Int) async throws {
        try await withTemporaryFolder { folder in
            let download = try Self.download(folder, year: year)
            let out = folder.appending(path: "out")
            let summary = try await Self.build(download, to: out)
            #expect(summary.refused == [])
            #expect(summary.images == 7)
            #expect(summary.sets == ["train\(year)": 3, "val\(year)": 4])
            let built = try COCO20i(root: out, options: Self.options())
            let raw = try COCO20i(root: download.root, options: Self.options())
            for part in DatasetPart.allCases {
                for (own, other) in [(try built.dataset(part, fold: 0), try raw.dataset(part, fold: 0))] {
                    #expect(own.items == other.items && !own.items.isEmpty)
                    #expect(own.listHash == other.listHash)
                    #expect(own.name == other.name)
                    #expect(own.labelRule == other.labelRule)
                    for item in own.items {
                        #expect(try own.mask(of: item.classID, in: item.id) == other.mask(of: item.classID, in: item.id))
                        #expect(try own.image(item.id) == other.image(item.id))
                    }
                }
            }
            let row = try #require(try LabelIndex(of: out).rows.first { $0.id.contains("12.jpg") })
            #expect(row.pixels == [1: 200 - 7 * 10, 5: 200])
            #expect(row.source == "coco" && row.void == 0)
        }
    }

    @Test func listsOfTheFolderFollowTheChosenRule() async throws {
        try await withTemporaryFolder { folder in
            let download = try Self.download(folder)
            let out = folder.appending(path: "out")
            _ = try await Self.build(download, to: out)
            let own = try COCO20i(root: out, options: Self.options()).validation(fold: 0)
            let listed = try COCO20i(
                root: out, options: Self.options { $0.lists = out.appending(path: "splits") }
            ).validation(fold: 0)
            #expect(listed.items == own.items)
            let check = try await COCO20i(root: out, options: Self.options()).check()
            #expect(check.errors.filter { !$0.contains("no class of fold") } == [])
            #expect(check.notes.contains { $0 == "train2014: 3 images with annotations; COCO has 82081" })
            #expect(check.notes.contains { $0.hasPrefix("label maps: 7 files of") })
            // A map that was changed after the build is told.
            let map = out.appending(path: "annotations/val2014/COCO_val2014_000000000012.png")
            try LabelMap(height: 30, width: 40, values: [UInt8](repeating: 1, count: 1200)).save(to: map)
            #expect(try COCO20i(root: out, options: Self.options()).inventory().errors.first?.contains("000000000012") == true)
        }
    }

    @Test func theMaskRuleIsTheManifests() async throws {
        try await withTemporaryFolder { folder in
            let download = try Self.download(folder)
            let out = folder.appending(path: "out")
            let rule = COCOMaskRule(overlap: .first, crowds: .void)
            _ = try await Self.build(download, to: out, rule: rule)
            let dataset = try COCO20i(root: out, options: Self.options()).validation(fold: 0)
            #expect(dataset.labelRule == "\(rule), void for every class")
            #expect(try LabelIndex(of: out).rows.first { $0.id.contains("12.jpg") }?.pixels == [1: 200, 5: 130])
            for change: (inout COCO20iOptions) -> Void in [{ $0.maskRule.overlap = .smallest }, { $0.year = 2017 }] {
                #expect(throws: DatasetError.self) { try COCO20i(root: out, options: Self.options(change)) }
            }
        }
    }

    @Test func whatCannotBeUsedIsRefusedByNameAndTheRestGoesOn() async throws {
        try await withTemporaryFolder { folder in
            let download = try Self.download(folder)
            try download.write(
                "val", Self.val,
                more: [COCODownload.annotation(99, image: 11, category: 1, segmentation: "[[1, 2, 3]]")])
            let photos = download.root.appending(path: "val2014")
            try Data("no photo".utf8).write(to: photos.appending(path: download.fileName(12, "val")))
            try FileManager.default.removeItem(at: photos.appending(path: download.fileName(14, "val")))
            try ImageFile.save(
                RGBImage(height: 5, width: 6), to: download.root.appending(path: "train2014/\(download.fileName(22, "train"))"))
            let out = folder.appending(path: "out")
            let summary = try await Self.build(download, to: out)
            #expect(summary.images == 4)
            #expect(summary.refused.count == 4)
            for (place, found) in [
                ("instances_val2014.json", "annotations["), ("000000000012.jpg", "no known image format"),
                ("000000000014.jpg", "no such file"), ("000000000022.jpg", "40x30"),
            ] {
                #expect(summary.refused.contains { $0.contains(place) && $0.contains(found) }, "\(place): \(summary.refused)")
            }
            #expect(COCOBuild.built(out)?.instances.count == 2)
        }
    }

    @Test func aBuildThatWasKilledEndsWithTheSameBytes() async throws {
        try await withTemporaryFolder { folder in
            let download = try Self.download(folder)
            let out = folder.appending(path: "out")
            _ = try await Self.build(download, to: out, photos: .copy)
            let whole = try Self.content(out)
            #expect(whole.count >= 7 * 2 + 4)
            for kept in [0, 3, 9, 14] {
                for (place, path) in whole.keys.sorted().enumerated() where place >= kept {
                    try FileManager.default.removeItem(at: out.appending(path: path))
                }
                if kept == 3 { #expect(throws: DatasetError.self) { try COCO20i(root: out, options: Self.options()) } }
                let again = try RunFolder(resuming: out.path, command: COCOBuild.command)
                _ = try await COCOBuild.resuming(again).run(in: again, workers: 2, cache: nil)
                #expect(try Self.content(out) == whole, "kept \(kept)")
            }
            // Instances that changed in between are not mixed with those of before.
            try download.write("val", Array(Self.val.dropLast()))
            let again = try RunFolder(resuming: out.path, command: COCOBuild.command)
            await #expect(throws: DatasetError.self) {
                try await COCOBuild.resuming(again).run(in: again, workers: 2, cache: nil)
            }
        }
    }

    @Test func pairsOfPhotoAndLabelMapAreALabelledList() async throws {
        try await withTemporaryFolder { folder in
            let download = try Self.download(folder)
            let out = folder.appending(path: "out")
            let lists = folder.appending(path: "theirs")
            let file = lists.appending(path: "val/data_list_0.txt")
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            func line(_ number: Int, _ label: Int? = nil) -> String {
                let names = [number, label ?? number].map { download.fileName($0, "val").dropLast(4) }
                return "../data/MSCOCO2014/val2014/\(names[0]).jpg ../data/MSCOCO2014/annotations/val2014/\(names[1]).png\r\n"
            }
            try Data((line(14) + line(12) + line(15)).utf8).write(to: file)
            _ = try await Self.build(download, to: out, lists: lists)
            let taken = out.appending(path: "lists/theirs")
            #expect(try Data(contentsOf: taken.appending(path: "val/data_list_0.txt")) == Data(contentsOf: file))
            for root in [out, download.root] {
                let dataset = try COCO20i(root: root, options: Self.options { $0.lists = taken }).validation(fold: 0)
                // Airplanes of 9 pixels in 15 are none; the order is the list's.
                #expect(
                    dataset.items.map { "\($0.id.suffix(6)) \($0.classID)" } == ["14.jpg 1", "14.jpg 5", "12.jpg 1", "12.jpg 5"])
            }
            try Data(line(14, 12).utf8).write(to: file)
            #expect(throws: DatasetError.self) { try PhotoPairList.load(file) }
            #expect(throws: DatasetError.self) { try COCOListFiles.found(lists.path) }
        }
        #expect(PhotoPairList.owner("cf4711956ea1f158") == "BAM")
        #expect(PhotoPairList.owner("0123456789abcdef") == nil)
    }
}
