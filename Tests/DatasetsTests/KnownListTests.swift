import Foundation
import TestSupport
import Testing

@testable import Datasets

/// HSNet's lists are known by their digests.
@Suite(
    "Known lists", .enabled(if: SharedData.has("data/hsnet_splits", for: "Known lists"), "needs the lists of data/hsnet_splits"))
struct KnownListTests {
    private static let lists = SharedData.url("data/hsnet_splits")

    /// PASCAL's classes in four folds, without any image.
    private struct Pascal: FoldedDataset {
        let name = "pascal"
        let classes = Pascal5i.classes
        let foldCount = 4
        func training(fold: Int) throws -> any FewShotDataset { throw CancellationError() }
        func validation(fold: Int) throws -> any FewShotDataset { throw CancellationError() }
    }

    private static func words(_ list: ItemList, _ part: DatasetPart, _ fold: Int) -> String? {
        let summary = DatasetCheck.List(
            split: part.rawValue, fold: fold, pairs: list.items.count, images: Set(list.items.map(\.id)).count, hash: list.hash)
        return KnownLists.words(summary, of: Pascal())
    }

    @Test(arguments: 0..<4) func pascal(_ fold: Int) throws {
        let root = Self.lists.appending(path: "pascal")
        func read(_ part: String, _ fold: Int) throws -> ItemList {
            try ItemList(contentsOf: root.appending(path: "\(part)/fold\(fold).txt"), classes: Pascal5i.classes)
        }
        #expect(try Self.words(read("val", fold), .validation, fold) == "is HSNet's list, by its digest")
        let others = try (0..<4).filter { $0 != fold }.flatMap { try read("trn", $0).items }
        let joined = try ItemList(
            others.map { "\($0.id)__\($0.classID)" }.joined(separator: "\n"), name: "joined", classes: Pascal5i.classes)
        #expect(Self.words(joined, .training, fold) == "is HSNet's list, by its digest")
        var other = try read("val", fold)
        other.hash = "0"
        #expect(Self.words(other, .validation, fold)?.hasPrefix("has the counts of HSNet's list") == true)
        other.items.removeLast()
        #expect(Self.words(other, .validation, fold)?.hasPrefix("is none of the known lists") == true)
    }

    @Test func fss1000() throws {
        let lists = try FSS1000Lists(Self.lists.appending(path: "fss"), beside: Self.lists)
        let counts: [Int] = [lists.trn.count, lists.val.count, lists.test.count]
        #expect(counts == [520, 240, 240])
        #expect(lists.hashes["test"]?.hasPrefix("26f1b9e9dd0c4a58") == true)
        #expect(lists.hashes["val"]?.hasPrefix("9cac02c58602f278") == true)
        #expect(lists.hashes["trn"]?.hasPrefix("815bce03f2502719") == true)
    }
}
