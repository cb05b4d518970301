import Foundation
import Testing

@testable import Datasets

/// FSS-1000 in miniature, which the tests write themselves.
@Suite struct FSS1000Tests {
    private static let names = ["fountain", "taxi", "burj_al", "bus", "hotel_slipper"]

    /// Class folders with 3 photos and masks, and lists of them.
    private static func write(_ root: URL, lists: [String: [String]]) throws -> URL {
        for (number, name) in names.enumerated() {
            let folder = root.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for image in [1, 2, 10] {
                try ImageFile.save(
                    RGBImage(height: 6, width: 8, pixels: [UInt8](repeating: UInt8(10 * number + image), count: 144)),
                    to: folder.appending(path: "\(image).jpg"))
                // A grey that only the lower threshold takes, and one that both take.
                let values = (0..<48).map { UInt8($0 < 8 ? 110 : $0 < 16 + number ? 200 : 20) }
                let grey = RGBImage(height: 6, width: 8, pixels: values.flatMap { [$0, $0, $0] })
                try ImageFile.save(grey, to: folder.appending(path: "\(image).png"))
            }
        }
        let folder = root.appending(path: "lists")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (list, names) in lists {
            try Data(names.joined(separator: "\n").utf8).write(to: folder.appending(path: "\(list).txt"))
        }
        return folder
    }

    @Test func classesAreNumberedInTheOrderOfTheListsAndImagesInThatOfTheirNumbers() throws {
        try withTemporaryFolder { root in
            let lists = try Self.write(
                root, lists: ["trn": ["taxi", "fountain"], "val": ["bus"], "test": ["hotel_slipper", "burj_al"]])
            let request = DatasetRequest(name: "fss1000", path: root.path, lists: lists.path, labelFolder: "SegmentationClass")
            let dataset = try DatasetRegistry.dataset(request)
            #expect(dataset.foldCount == 1)
            #expect(dataset.classes.map(\.name) == ["taxi", "fountain", "bus", "hotel slipper", "burj al"])
            let test = try dataset.validation(fold: 0)
            #expect(test.classes.map(\.id) == [4, 5])
            #expect(test.items.map(\.id).prefix(3) == ["hotel_slipper/1", "hotel_slipper/2", "hotel_slipper/10"])
            #expect(try test.mask(of: 4, in: "hotel_slipper/2").object.area == 12)
            #expect(try test.mask(of: 5, in: "hotel_slipper/2").object.area == 0)
            #expect(try test.classIDs(in: "burj_al/1") == [5])
            #expect(try dataset.training(fold: 0).items.count == 6)
            #expect(try FSS1000(root: root, lists: lists, part: .val).validation(fold: 0).classes.map(\.name) == ["bus"])
            let lower = try FSS1000(root: root, lists: lists, threshold: 100).validation(fold: 0)
            #expect(try lower.mask(of: 4, in: "hotel_slipper/2").object.area == 20)
            #expect(lower.name != test.name)
        }
    }

    @Test func theAuthorsListOfTestClassesLeavesTheOthersForTraining() throws {
        try withTemporaryFolder { root in
            let lists = try Self.write(root, lists: ["fss_test_set": ["bus"]])
            try FileManager.default.moveItem(
                at: lists.appending(path: "fss_test_set.txt"), to: root.appending(path: "fss_test_set.txt"))
            try FileManager.default.removeItem(at: lists)
            let dataset = try FSS1000(root: root)
            #expect(try dataset.validation(fold: 0).classes.map(\.name) == ["bus"])
            #expect(try dataset.training(fold: 0).classes.count == 4)
        }
    }

    @Test func listsThatDoNotFitAreRefused() async throws {
        try withTemporaryFolder { root in
            for lists in [
                ["test": ["bus", "bus"]], ["test": ["bus"], "trn": ["bus"]], ["test": ["../bus"]], ["trn": ["bus"]],
                ["test": ["nothing"]],
            ] {
                let folder = try Self.write(root, lists: lists)
                #expect(throws: DatasetError.self, "\(lists)") { try FSS1000(root: root, lists: folder) }
                try FileManager.default.removeItem(at: root)
            }
        }
    }

    @Test func damagedFilesAreFoundByTheCheckAndNamed() async throws {
        try await withTemporaryFolder { root in
            let lists = try Self.write(root, lists: ["trn": ["taxi"], "test": ["bus", "burj_al"]])
            try FileManager.default.removeItem(at: root.appending(path: "bus/2.png"))
            try Data("none".utf8).write(to: root.appending(path: "burj_al/10.jpg"))
            try BinaryMask(height: 3, width: 3, values: [Bool](repeating: true, count: 9))
                .save(to: root.appending(path: "taxi/1.png"))
            let check = try await FSS1000(root: root, lists: lists).check()
            for place in ["bus/2.png", "burj_al/10.jpg", "taxi/1.png"] {
                #expect(check.errors.contains { $0.contains(place) }, "\(place): \(check.errors)")
            }
        }
    }
}
