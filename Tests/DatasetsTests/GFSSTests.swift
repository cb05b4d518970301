import Foundation
import Testing

@testable import Datasets

/// Base and novel classes at once, by the conventions of the field.
@Suite struct GFSSTests {
    private static func image(_ id: String, _ pixels: [Int: Int]) -> GFSSView.Image { GFSSView.Image(id: id, pixels: pixels) }

    private static let training = [
        image("a", [6: 9000]), image("b", [6: 9000, 1: 50]), image("c", [1: 20000]), image("d", [1: 20000, 2: 1]),
        image("e", [1: 16384, 6: 4]), image("f", [1: 16383]), image("g", [2: 30000]), image("h", [1: 17000]),
    ]
    private static let validation = [image("v", [1: 20000]), image("w", [2: 20000]), image("x", [6: 1]), image("y", [1: 5])]
    private static let classes = [1, 2, 6, 7].map { FewShotClass(id: $0, name: "class \($0)") }

    private static func view(_ convention: GFSSConvention) -> GFSSView {
        GFSSView(convention, classes: classes, novel: [1, 2], training: training, validation: validation)
    }

    @Test func caplLeavesOutImagesWithNovelClassesAndTheOthersKeepThem() {
        #expect(Self.view(.capl).baseImages == ["a"])
        #expect(Self.view(.diam).baseImages == Self.training.map(\.id))
        let map = ClassMap(height: 1, width: 5, values: [0, 1, 6, 2, -1])
        #expect(Self.view(.pop).baseLabels(map).values == [0, 0, 6, 0, -1])
        var ignoring = GFSSConvention.pop
        ignoring.novelPixels = .void
        #expect(Self.view(ignoring).baseLabels(map).values == [0, -1, 6, -1, -1])
        #expect(Self.view(.pop).supportLabels(map, classID: 2).values == [0, 0, 0, 2, -1])
    }

    @Test func supportsShowOneNovelClassLargeEnough() {
        #expect(Self.view(.capl).candidates(classID: 1) == ["c", "e", "h"])
        #expect(Self.view(.pop).candidates(classID: 2) == ["g"])
        #expect(Self.view(.diam).candidates(classID: 1) == ["v"])
    }

    @Test func supportsAreNestedAndDrawnByTheSeed() throws {
        var convention = GFSSConvention.capl
        convention.minimumSupportPixels = 1
        let view = GFSSView(
            convention, classes: Self.classes, novel: [1, 2],
            training: (0..<40).map { Self.image("\($0)", [1 + $0 % 2: 10]) }, validation: [])
        let (one, five) = (try view.supports(shots: 1, seed: 123), try view.supports(shots: 5, seed: 123))
        #expect(one.map(\.classID) == [1, 2])
        for support in one { #expect(five.first { $0.classID == support.classID } == support) }
        #expect(Set(five).count == 10)
        #expect(try view.supports(shots: 5, seed: 123) == five)
        #expect(try view.supports(shots: 5, seed: 321) != five)
        #expect(throws: DatasetError.self) { try view.supports(shots: 21, seed: 1) }
        #expect(throws: DatasetError.self) { try view.supports(shots: 0, seed: 1) }
        #expect(throws: DatasetError.self) { try view.supports(shots: 1, seed: 1 << 32) }
    }

    @Test func supportsOfTestImagesAreNoQueries() throws {
        let view = Self.view(.diam)
        let supports = try view.supports(shots: 1, seed: 2023)
        #expect(supports.map(\.id) == ["v", "w"])
        #expect(view.queries(supports: supports) == ["x", "y"])
        #expect(Self.view(.capl).queries(supports: supports) == ["v", "w", "x", "y"])
    }

    @Test func theBaseScoreHasTheBackgroundWhereTheConventionSaysSo() {
        #expect(Self.view(.capl).scoredBaseIDs == [0, 6, 7])
        #expect(Self.view(.diam).scoredBaseIDs == [6, 7])
        #expect(GFSSConvention.named.map(\.id) == ["capl", "diam", "pop"])
        #expect(GFSSConvention(named: "diam") == .diam)
        #expect(GFSSConvention(named: "bam") == nil)
        #expect(Set(GFSSConvention.named.map(\.text)).count == 3)
    }

    @Test func viewsOfPascalAndCOCOFollowFromTheirIndices() async throws {
        try await withTemporaryFolder { folder in
            let pascal = try PascalDownload(folder.appending(path: "in"))
            let out = folder.appending(path: "out")
            _ = try await PascalBuild(voc: pascal.root.path, sbd: pascal.root.path)
                .run(in: RunFolder(out.path, command: PascalBuild.command))
            let view = try PascalFolds(root: out).gfss(.capl, fold: 0)
            #expect(view.novelClasses.map(\.id) == [1, 2, 3, 4, 5])
            #expect(view.baseImages == ["2007_000002", "2007_000003", "2009_000001", "2009_000003"])
            #expect(view.queries(supports: []) == PascalDownload.val)
            let coco = COCODownload(root: folder.appending(path: "coco"), year: 2017)
            try coco.write(
                "train", [.init(number: 1, objects: [(1, (0, 0, 9, 9))]), .init(number: 2, objects: [(2, (0, 0, 9, 9))])])
            try coco.write("val", [.init(number: 3, objects: [(1, (0, 0, 20, 20))])])
            var options = COCO20iOptions()
            options.cache = nil
            let other = try COCO20i(root: coco.root, options: options).gfss(.capl, fold: 0)
            #expect(other.baseImages == ["train2017/000000000002.jpg"])
            #expect(other.queries(supports: []) == ["val2017/000000000003.jpg"])
            #expect(other.novelClasses.count == 20 && other.baseClasses.count == 60)
        }
    }
}
