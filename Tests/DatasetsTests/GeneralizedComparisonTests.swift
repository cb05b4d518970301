import Foundation
import TensorCore
import Testing

@testable import Datasets

@Suite("Generalized scorings side by side") struct GeneralizedComparisonTests {
    /// Two classes, 1 being base and 2 novel, in three folds' worth of runs; `right` pixels of 10 a class are told, run by run.
    private static func report(_ right: [(base: Int, novel: Int)], queries: [String] = ["a", "b"]) throws -> GeneralizedReport {
        let runs = try right.enumerated().map { seed, right in
            // What is not told is ground.
            let truth = [Int](repeating: 0, count: 80) + [Int](repeating: 1, count: 10) + [Int](repeating: 2, count: 10)
            let told = (0..<100).map { pixel in
                switch pixel {
                case 80..<(80 + right.base): 1
                case 90..<(90 + right.novel): 2
                default: 0
                }
            }
            var matrix = ConfusionMatrix(classIDs: [0, 1, 2])
            try matrix.add(prediction: Self.map(told), truth: Self.map(truth))
            return GeneralizedRun(
                fold: 0, seed: UInt64(seed), queries: queries.count, queryHash: SHA256.hex(queries.joined()),
                scored: queries.count, matrix: matrix,
                base: [FewShotClass(id: 1, name: "base")], novel: [FewShotClass(id: 2, name: "novel")])
        }
        let scoring = GeneralizedScoring(dataset: DatasetChoice("shapes5i"), convention: .pop, predictions: "p")
        return GeneralizedReport(scoring, parts: [.whole], runs: runs, problems: [], remarks: [])
    }

    private static func map(_ values: [Int]) -> ClassMap {
        ClassMap(height: 10, width: 10, values: values.map { Int32($0) })
    }

    @Test("Differences are those of folds and seeds, with the interval of their mean")
    func differences() throws {
        let first = try Self.report([(5, 2), (5, 3), (5, 4)])
        let second = try Self.report([(5, 4), (5, 5), (5, 9)])
        let comparison = try GeneralizedComparison([("a", first), ("b", second)])
        #expect(comparison.pairs == 3 && comparison.rows.count == 2 * GeneralizedScores.titles.count)
        let novel = try #require(comparison.rows.first { $0.score == "novel" && !$0.withBackground })
        let (before, after) = (try #require(novel.means[0]), try #require(novel.means[1]))
        #expect(abs(before - 0.3) < 1e-12 && abs(after - 0.6) < 1e-12)
        let difference = try #require(novel.differences[1])
        // Differences 0.2, 0.2 and 0.5: deviation 0.1732, over the root of 3 it is 0.1, times Student's 4.303.
        #expect(abs(difference.mean - 0.3) < 1e-12)
        let interval = try #require(difference.interval)
        #expect(abs(interval.lower - (0.3 - 0.4303)) < 1e-4)
        let base = try #require(comparison.rows.first { $0.score == "base" && !$0.withBackground })
        #expect(base.differences[1]?.mean == 0 && base.differences[0] == nil)
    }

    @Test("Scorings of other images, other seeds, parts and one alone are refused")
    func refusals() throws {
        let report = try Self.report([(5, 2)])
        #expect(throws: ComparisonRefusal.self) {
            try GeneralizedComparison([("a", report), ("b", try Self.report([(5, 2)], queries: ["a", "c"]))])
        }
        #expect(throws: ComparisonRefusal.self) {
            try GeneralizedComparison([("a", report), ("b", try Self.report([(5, 2), (5, 2)]))])
        }
        #expect(throws: RunError.self) { try GeneralizedComparison([("a", report)]) }
        #expect(throws: RunError.self) { try GeneralizedComparison([("a", report), ("a", report)]) }
        var broken = report
        broken.problems = ["a.png is missing"]
        #expect(throws: RunError.self) { try GeneralizedComparison([("a", report), ("b", broken)]) }
    }
}
