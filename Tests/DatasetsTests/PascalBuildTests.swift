import Foundation
import TensorCore
import Testing

@testable import Datasets

/// PASCAL from downloads in miniature, which the tests write themselves.
@Suite struct PascalBuildTests {
    private static var rule: PascalListRule {
        var rule = PascalListRule()
        rule.minimumPixels = 20
        return rule
    }

    private static func build(
        _ download: PascalDownload, to out: URL, lists: URL? = nil, photos: PhotoPlacement = .link
    ) async throws -> BuildSummary {
        let build = PascalBuild(
            voc: download.root.path, sbd: download.root.path, lists: lists?.path, photos: photos, rule: rule)
        return try await build.run(in: RunFolder(out.path, command: PascalBuild.command), workers: 3)
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

    @Test func masksListsAndIndexFollowFromTheDownloads() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let out = folder.appending(path: "out")
            let summary = try await Self.build(download, to: out)
            #expect(summary.refused == [])
            #expect(summary.images == 10)
            #expect(summary.sets == ["train": 3, "val": 4, "trainaug": 6, "merge": 5])
            let trainaug = try IDList.read(out.appending(path: "ImageSets/Segmentation/trainaug.txt"))
            #expect(trainaug == PascalDownload.train + PascalDownload.extra)
            let merge = try IDList.read(out.appending(path: "ImageSets/Segmentation/merge.txt"))
            #expect(merge == PascalDownload.train + PascalDownload.extra.dropLast())
            // VOC's own labels win over SBD's, void included; SBD's have none.
            let own = try LabelMap.load(out.appending(path: "SegmentationClass/2007_000001.png"))
            #expect(own == PascalDownload.labels(1, void: true))
            let more = try LabelMap.load(out.appending(path: "SegmentationClass/2009_000002.png"))
            #expect(more == PascalDownload.labels(7, also: 1))
            let index = try LabelIndex(of: out)
            let row = try #require(index.rows.first { $0.id == "2009_000002" })
            #expect(row.pixels == [7: 140, 1: 24])
            #expect(row.source == "sbd" && row.void == 0)
            #expect(index.rows.first?.void == 23)
            let photo = out.appending(path: "JPEGImages/2009_000002.jpg")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: photo.path).hasSuffix("JPEGImages/2009_000002.jpg"))
        }
    }

    @Test func trainingListsHoldNoNovelClassUnlessTheyMay() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let out = folder.appending(path: "out")
            _ = try await Self.build(download, to: out)
            let dataset = try PascalFolds(root: out, rule: Self.rule)
            // 2009_000002 shows 7 and 1; fold 0 holds 1 out.
            #expect(try dataset.training(fold: 0).items.contains { $0.id == "2009_000002" } == false)
            #expect(try dataset.training(fold: 2).items.filter { $0.id == "2009_000002" }.map(\.classID) == [1, 7])
            var keeps = Self.rule
            keeps.novelImages = .keep
            let kept = try PascalFolds(root: out, rule: keeps).training(fold: 0).items
            #expect(kept.filter { $0.id == "2009_000002" }.map(\.classID) == [7])
            let plain = try FoldedVOC(root: out)
            for fold in 0..<4 {
                #expect(try plain.training(fold: fold).items == dataset.training(fold: fold).items)
            }
            let check = try await dataset.check()
            #expect(check.notes.contains { $0.contains("trainaug: 6 images; the community's trainaug has 10582") })
            #expect(check.errors == [])
            let list = try #require(check.lists.first { $0.split == "val" && $0.fold == 0 })
            #expect(
                list.known?.hasPrefix("is none of the known lists: HSNet's list has 346 pairs of 345 images (sha256 748e") == true
            )
        }
    }

    @Test func tenClassesAFoldFollowFromTheSameIndex() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let out = folder.appending(path: "out")
            _ = try await Self.build(download, to: out)
            let request = DatasetRequest(
                name: "pascal10i", path: out.path, options: ["min-pixels": "20", "train-set": "trainaug"])
            let dataset = try DatasetRegistry.dataset(request)
            #expect(dataset.foldCount == 2)
            #expect(dataset.name == "pascal-10i")
            #expect(try dataset.validation(fold: 1).classes.map(\.id) == Array(11...20))
            #expect(try dataset.training(fold: 1).items.allSatisfy { $0.classID <= 10 })
            for option in [["min-pixels": "0"], ["novel": "some"], ["train-set": "all"], ["folds": "2"]] {
                #expect(throws: DatasetError.self) {
                    try DatasetRegistry.dataset(DatasetRequest(name: "pascal10i", path: out.path, options: option))
                }
            }
        }
    }

    @Test func whatCannotBeUsedIsRefusedByNameAndTheRestGoesOn() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let mat = [UInt8](try Data(contentsOf: download.mat("2009_000001")))
            try Data(mat.dropLast(30)).write(to: download.mat("2009_000001"))
            try FileManager.default.removeItem(at: download.mat("2009_000002"))
            try MatWriter.segmentation(LabelMap(height: 2, width: 2, values: [1, 1, 1, 1])).write(to: download.mat("2009_000003"))
            var wrong = PascalDownload.labels(3)
            wrong.values[0] = 99
            try wrong.save(to: download.voc.appending(path: "SegmentationClass/2007_000002.png"))
            try Data("no photo".utf8).write(to: download.voc.appending(path: "JPEGImages/2008_000001.jpg"))
            let out = folder.appending(path: "out")
            let summary = try await Self.build(download, to: out)
            #expect(summary.images == 5)
            #expect(summary.refused.count == 5)
            for (place, found) in [
                ("2009_000001.mat", "end of the file"), ("2009_000002.mat", "no such file"), ("2009_000003.mat", "2x2"),
                ("2007_000002.png", "the value 99"), ("2008_000001.jpg", "no known image format"),
            ] {
                #expect(summary.refused.contains { $0.contains(place) && $0.contains(found) }, "\(place): \(summary.refused)")
            }
            let manifest = try JSONDecoder().decode(
                RunManifest<PascalBuild>.self, from: Data(contentsOf: out.appending(path: RunFolder.manifestName)))
            #expect(manifest.remarks == summary.refused)
            #expect(manifest.status == "finished")
        }
    }

    @Test func aBuildThatWasKilledEndsWithTheSameBytes() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let out = folder.appending(path: "out")
            _ = try await Self.build(download, to: out, photos: .copy)
            let whole = try Self.content(out)
            for path in ["index.csv", "splits/val/fold0.txt", "JPEGImages/2009_000001.jpg", "SegmentationClass/2008_000002.png"] {
                #expect(whole[path] != nil, "\(path)")
            }
            // What a killed run leaves: any number of whole files, and no index.
            for kept in [0, 3, 9, 14] {
                for (place, path) in whole.keys.sorted().enumerated() where place >= kept {
                    try FileManager.default.removeItem(at: out.appending(path: path))
                }
                let again = try RunFolder(resuming: out.path, command: PascalBuild.command)
                _ = try await PascalBuild.resuming(again).run(in: again, workers: 2)
                #expect(try Self.content(out) == whole, "kept \(kept)")
            }
        }
    }

    @Test func aCancelledBuildGoesOn() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let (out, other) = (folder.appending(path: "out"), folder.appending(path: "other"))
            let task = Task { () -> Bool in
                let build = PascalBuild(voc: download.root.path, sbd: download.root.path, photos: .copy, rule: Self.rule)
                do {
                    _ = try await build.run(in: RunFolder(out.path, command: PascalBuild.command), workers: 1) { event in
                        if case .progress(let progress) = event, progress.done == 4 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                    return false
                } catch is CancellationError { return true }
            }
            #expect(try await task.value)
            #expect(!FileBytes.exists(out.appending(path: "index.csv")))
            let again = try RunFolder(resuming: out.path, command: PascalBuild.command)
            _ = try await PascalBuild.resuming(again).run(in: again)
            _ = try await Self.build(download, to: other, photos: .copy)
            #expect(try Self.content(out) == Self.content(other))
        }
    }

    @Test func aFolderOfLabelMapsTakesThePlaceOfSBD() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let aug = folder.appending(path: "SegmentationClassAug")
            try FileManager.default.createDirectory(at: aug, withIntermediateDirectories: true)
            for id in PascalDownload.extra { try PascalDownload.labels(9).save(to: aug.appending(path: "\(id).png")) }
            let build = PascalBuild(voc: download.voc.path, sbd: aug.path, rule: Self.rule)
            let out = folder.appending(path: "out")
            let summary = try await build.run(in: RunFolder(out.path, command: PascalBuild.command))
            #expect(summary.sets == ["train": 3, "val": 4, "trainaug": 6, "merge": 6])
            #expect(try LabelIndex(of: out).rows.filter { $0.source == "aug" }.map(\.pixels) == [[9: 140], [9: 140], [9: 140]])
        }
    }

    @Test func listsOfOthersComeAlongByteForByte() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let lists = folder.appending(path: "hsnet")
            try FileManager.default.createDirectory(at: lists.appending(path: "val"), withIntermediateDirectories: true)
            let bytes = Data("2008_000001__16\r\n2008_000002__01".utf8)
            try bytes.write(to: lists.appending(path: "val/fold3.txt"))
            let out = folder.appending(path: "out")
            _ = try await Self.build(download, to: out, lists: lists)
            #expect(try Data(contentsOf: out.appending(path: "lists/hsnet/val/fold3.txt")) == bytes)
            let empty = folder.appending(path: "empty")
            try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
            await #expect(throws: DatasetError.self) {
                try await Self.build(download, to: folder.appending(path: "out2"), lists: empty)
            }
            #expect(!FileBytes.exists(folder.appending(path: "out2")))
        }
    }

    @Test func downloadsThatAreNotThereAreNamedBeforeAnythingIsWritten() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            for (voc, sbd) in [("nothing", "in"), ("in", "nothing"), ("in/VOCdevkit/VOC2012/ImageSets", "in")] {
                let build = PascalBuild(voc: folder.appending(path: voc).path, sbd: folder.appending(path: sbd).path)
                let out = folder.appending(path: "out")
                await #expect(throws: DatasetError.self) {
                    try await build.run(in: RunFolder(out.path, command: PascalBuild.command))
                }
                #expect(!FileBytes.exists(out.appending(path: "index.csv")))
            }
            #expect(FileBytes.exists(download.voc))
        }
    }

    @Test func aCheckFindsLabelsThatAreNotThoseOfTheIndex() async throws {
        try await withTemporaryFolder { folder in
            let download = try PascalDownload(folder.appending(path: "in"))
            let out = folder.appending(path: "out")
            _ = try await Self.build(download, to: out)
            try PascalDownload.labels(2).save(to: out.appending(path: "SegmentationClass/2007_000002.png"))
            try FileManager.default.removeItem(at: out.appending(path: "SegmentationClass/2009_000003.png"))
            let errors = try PascalFolds(root: out, rule: Self.rule).inventory().errors
            #expect(errors.count == 2)
            #expect(errors.contains { $0.contains("1 label maps are not those of the index, such as 2007_000002") })
            #expect(errors.contains { $0.contains("1 label maps of the index are missing, such as 2009_000003") })
        }
    }
}
