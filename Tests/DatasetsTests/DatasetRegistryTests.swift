import Foundation
import TensorCore
import Testing

@testable import Datasets

/// A benchmark of a user's package: three folds of one class each.
private struct ThreeFolds: FoldedDataset {
    let request: DatasetRequest
    let base = OverlappingDataset()
    var name: String { "three" }
    var classes: [FewShotClass] { base.classes }
    var foldCount: Int { 3 }

    func training(fold: Int) throws -> any FewShotDataset {
        FewShotSubset(base, classes: classes.filter { $0 != classes[fold] }, part: "trn\(fold)")
    }

    func validation(fold: Int) throws -> any FewShotDataset {
        FewShotSubset(base, classes: [classes[fold]], part: "val\(fold)")
    }
}

@Suite("Dataset registry") struct DatasetRegistryTests {
    @Test("A dataset of one's own is found by its name, with its own number of folds")
    func register() throws {
        DatasetRegistry.register("three-folds") { ThreeFolds(request: $0) }
        #expect(DatasetRegistry.names.contains("three-folds"))
        let request = DatasetRequest(argument: "three-folds=data/x")
        #expect(request.name == "three-folds" && request.path?.hasSuffix("/data/x") == true)
        let folded = try DatasetRegistry.dataset(request)
        #expect(folded.foldCount == 3)
        #expect(try folded.dataset(.validation, fold: 2).classes.map(\.id) == [90_000])
        #expect(try folded.dataset(.training, fold: 2).classes.map(\.id) == [7, 300])
        let error = #expect(throws: DatasetError.self) { try folded.dataset(.training, fold: 3) }
        #expect(error?.expected == "a fold of 0...2")
    }

    @Test("Our own datasets are registered, and a path is a VOC folder")
    func builtIn() throws {
        #expect(Set(["shapes5i", "voc"]).isSubset(of: Set(DatasetRegistry.names)))
        let shapes = try DatasetRegistry.dataset(DatasetRequest(name: "shapes5i", imagesPerClass: 3))
        #expect(shapes.foldCount == 4 && shapes.classes.count == 20)
        #expect(
            try shapes.validation(fold: 1).items
                == Shapes5iDataset(Shapes5i(imagesPerClass: 3), split: .validation, fold: 1).items)
        #expect(DatasetRequest(argument: "shapes5i") == DatasetRequest(name: "shapes5i"))
        #expect(DatasetRequest(argument: "/data/VOC2012") == DatasetRequest(name: "voc", path: "/data/VOC2012"))
        #expect(DatasetRequest(argument: "/data/a=b") == DatasetRequest(name: "voc", path: "/data/a=b"))
    }

    @Test("Requests that nobody can serve are refused")
    func refusals() {
        let requests = [
            DatasetRequest(name: "nowhere"), DatasetRequest(name: "voc"), DatasetRequest(name: "voc", path: "/no/such/folder"),
            DatasetRequest(name: "shapes5i", path: "/data"), DatasetRequest(name: "shapes5i", imagesPerClass: 0),
        ]
        for request in requests { #expect(throws: DatasetError.self) { try DatasetRegistry.dataset(request) } }
    }

    @Test("A VOC folder has as many folds as are asked for")
    func folds() async throws {
        let shapes = Shapes5i(imageSize: 16, imagesPerClass: 1)
        try await withTemporaryFolder { folder in
            var done: [Int] = []
            try await VOCExport(shapes, folds: [0]).write(to: folder) { done.append($0.done) }
            #expect(done == Array(1...20))
            let four = try FoldedVOC(root: folder)
            #expect(four.foldCount == 4 && four.novelClasses(fold: 0).count == 5)
            #expect(try four.dataset(.validation, fold: 0).items.count == 5)
            let two = try DatasetRegistry.dataset(DatasetRequest(name: "voc", path: folder.path, foldCount: 2))
            #expect(two.foldCount == 2)
            #expect(throws: DatasetError.self) { try two.validation(fold: 2) }
            #expect(throws: DatasetError.self) { try FoldedVOC(root: folder, foldCount: 21) }
            #expect(throws: DatasetError.self) { try FoldedVOC(root: folder, foldCount: 0) }
            let report = try await four.check()
            #expect(report.errors.isEmpty, "\(report.errors)")
        }
    }

    static let smallFolders: [(classes: Int, lists: Int, folds: Int)] = [
        (1, 0, 1), (1, 1, 1), (1, 4, 1), (2, 1, 1), (2, 2, 2), (3, 1, 1), (3, 2, 2), (3, 4, 3), (4, 1, 4), (5, 4, 4),
    ]

    @Test("A VOC folder of few classes has as many folds as lists; in one fold every class is novel", arguments: smallFolders)
    func fewClasses(_ classes: Int, _ lists: Int, _ folds: Int) throws {
        try withTemporaryFolder { folder in
            for name in ["JPEGImages", "SegmentationClass", "splits/val"] {
                try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            let lines = (0...classes).map { "\($0) class\($0)" }.joined(separator: "\n")
            try Data(lines.utf8).write(to: folder.appending(path: "classes.txt"))
            for fold in 0..<lists { try Data("x__1".utf8).write(to: folder.appending(path: "splits/val/fold\(fold).txt")) }
            let dataset = try FoldedVOC(root: folder)
            #expect(dataset.foldCount == folds)
            #expect(dataset.novelClasses(fold: 0).count == (folds == 1 ? classes : 1))
            #expect(dataset.baseClasses(fold: 0).count == (folds == 1 ? classes : classes - 1))
            #expect(dataset.remarks.isEmpty == (folds > 1))
            #expect(throws: DatasetError.self) { try dataset.validation(fold: folds) }
        }
    }

    @Test("A class list without a class, or with an id twice, is refused", arguments: ["", "0 background", "1 a\n1 b", "1 a\nb"])
    func classLists(_ text: String) throws {
        try withTemporaryFolder { folder in
            for name in ["JPEGImages", "SegmentationClass"] {
                try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            try Data(text.utf8).write(to: folder.appending(path: "classes.txt"))
            let error = #expect(throws: DatasetError.self) { try FoldedVOC(root: folder) }
            #expect(error?.file.hasSuffix("classes.txt") ?? false)
        }
    }

    @Test("Any dataset with folds can be checked: what training and test share, and what leaks, is told")
    func check() async throws {
        let report = try await ThreeFolds(request: DatasetRequest(name: "three")).check()
        #expect(report.lists.map(\.pairs) == [6, 3, 6, 3, 6, 3])
        #expect(report.errors.count == 3 && report.errors.allSatisfy { $0.contains("3 images are in training and test") })
        #expect(
            report.warnings.count == 3 && report.warnings.allSatisfy { $0.contains("3 training images also show novel classes") })
    }

    @Test("A place where no folder can be made is a typed error")
    func noFolder() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            let export = VOCExport(Shapes5i(imageSize: 16, imagesPerClass: 1), folds: [0])
            await #expect(throws: DatasetError.self) { try await export.write(to: file) }
        }
    }
}
