import Foundation
import TensorCore
import Testing

@testable import Datasets

@Suite struct FewShotMetricsTests {
    /// Truth in a row: two pixels of class 1, one void, one of another class, two background.
    private let truth = LabelMap(height: 1, width: 6, values: [1, 1, 255, 2, 0, 0]).classMask(ofClass: 1)

    @Test func countsByHand() throws {
        let score = try EpisodeScore(prediction: BinaryMask("#.##.."), truth: truth, classID: 1)
        // Counted pixels 0, 1, 3, 4, 5. Foreground: hit 0, missed 1, wrong 3. Background: hits 4 and 5.
        #expect(score.foreground == IoUCounts(intersection: 1, union: 3))
        #expect(score.background == IoUCounts(intersection: 2, union: 4))
    }

    @Test func voidPixelsNeverCount() throws {
        let inside = try EpisodeScore(prediction: BinaryMask("###..."), truth: truth, classID: 1)
        let outside = try EpisodeScore(prediction: BinaryMask("##...."), truth: truth, classID: 1)
        #expect(inside == outside)
        #expect(inside.foreground.ratio == 1)
        let empty = LabelMap(height: 1, width: 1, values: [255]).classMask(ofClass: 1)
        let nothing = try EpisodeScore(prediction: BinaryMask("#"), truth: empty, classID: 1)
        #expect(nothing.foreground == IoUCounts())
        #expect(nothing.foreground.ratio == 0)
    }

    @Test func sumsPerClassAndDividesOnce() throws {
        var metrics = FewShotMetrics(classIDs: [1, 2, 3])
        func score(_ classID: Int, _ counts: [UInt64]) -> EpisodeScore {
            EpisodeScore(
                classID: classID, foreground: IoUCounts(intersection: counts[0], union: counts[1]),
                background: IoUCounts(intersection: counts[2], union: counts[3]))
        }
        try metrics.add(score(1, [10, 10, 80, 90]))
        try metrics.add(score(1, [0, 30, 60, 90]))
        try metrics.add(score(2, [5, 10, 40, 80]))
        // Class 1: 10/40, class 2: 5/10, class 3 has no episode.
        #expect(abs(metrics.meanIoU - (0.25 + 0.5) / 2) < 1e-12)
        #expect(metrics.iou(ofClass: 2) == 0.5 && metrics.iou(ofClass: 3) == nil)
        #expect(FewShotMetrics(classIDs: [1]).meanIoU == 0)
        // Foreground 15/50, background 180/260.
        #expect(abs(metrics.foregroundBackgroundIoU - (0.3 + 180.0 / 260) / 2) < 1e-12)
        #expect(metrics.totals(ofClass: 1).episodes == 2)
        #expect(metrics.totals(ofClass: 3).episodes == 0)
        #expect(throws: DatasetError.self) { try metrics.add(score(4, [0, 0, 0, 0])) }
    }

    @Test("Merged parts are the whole, in any order")
    func merge() throws {
        let scores = (0..<9).map { (index: Int) -> EpisodeScore in
            let foreground = IoUCounts(intersection: UInt64(index), union: UInt64(7 * index + 1))
            let background = IoUCounts(intersection: 5, union: UInt64(90 - index))
            return EpisodeScore(classID: index % 2 == 0 ? 3 : 700, foreground: foreground, background: background)
        }
        func metrics(_ indices: [Int]) throws -> FewShotMetrics {
            var metrics = FewShotMetrics(classIDs: [3, 700, 12])
            for index in indices { try metrics.add(scores[index]) }
            return metrics
        }
        var merged = try metrics([8, 2])
        try merged.merge(metrics([]))
        try merged.merge(metrics([7, 1, 0, 3]))
        try merged.merge(metrics([6, 4, 5]))
        let whole = try metrics(Array(0..<9))
        #expect(merged == whole)
        #expect(merged.totals(ofClass: 3).episodes == 5)
        #expect(try JSONDecoder().decode(FewShotMetrics.self, from: JSONEncoder().encode(merged)) == whole)
        #expect(throws: DatasetError.self) { try merged.merge(FewShotMetrics(classIDs: [3, 700])) }
    }

    @Test func sumsBeyondFloat32() throws {
        var metrics = FewShotMetrics(classIDs: [1])
        let large = IoUCounts(intersection: 1 << 40, union: 1 << 41)
        try metrics.add(EpisodeScore(classID: 1, foreground: large, background: large))
        let one = IoUCounts(intersection: 1, union: 1)
        try metrics.add(EpisodeScore(classID: 1, foreground: one, background: one))
        #expect(metrics.totals(ofClass: 1).foreground == IoUCounts(intersection: 1 << 40 + 1, union: 1 << 41 + 1))
    }

    @Test func refusesAnotherSize() {
        let error = #expect(throws: DatasetError.self) {
            try EpisodeScore(prediction: BinaryMask("##", ".."), truth: truth, classID: 1)
        }
        #expect(error?.found == "2x2 pixels")
    }

    @Test func thresholdsProbabilities() {
        let map = ProbabilityMap(height: 1, width: 4, values: [0.2, 0.5, 0.9, .nan])
        #expect(Prediction.probabilities(map).mask() == BinaryMask(".##."))
        #expect(Prediction.probabilities(map).mask(threshold: 0.6) == BinaryMask("..#."))
    }

    @Test func bootstrapSurroundsTheMean() throws {
        var random = NumPyRandom(seed: 9)
        let scores = (0..<200).map { index in
            let hit = UInt64(random.interval(100))
            return EpisodeScore(
                classID: index % 2 + 1, foreground: IoUCounts(intersection: hit, union: 100),
                background: IoUCounts(intersection: 400, union: 500 - hit))
        }
        var metrics = FewShotMetrics(classIDs: [1, 2])
        for score in scores { try metrics.add(score) }
        let found = try #require(Bootstrap.intervals(of: scores, resamples: 400, seed: 0))
        #expect(found.meanIoU.lower < metrics.meanIoU && metrics.meanIoU < found.meanIoU.upper)
        // The standard error of the mean of 200 uniform draws is 0.29 / sqrt(200) = 0.02, so the width is about 0.08.
        #expect((0.05...0.12).contains(found.meanIoU.upper - found.meanIoU.lower))
        #expect(found.foregroundBackgroundIoU.lower < metrics.foregroundBackgroundIoU)
        let constant = Array(repeating: scores[0], count: 20)
        let narrow = try #require(Bootstrap.intervals(of: constant, resamples: 50, seed: 0))
        #expect(narrow.meanIoU.lower == narrow.meanIoU.upper)
        #expect(Bootstrap.intervals(of: [], resamples: 50, seed: 0) == nil)
    }
}
