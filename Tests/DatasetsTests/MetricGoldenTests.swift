import Foundation
import Testing

@testable import Datasets

/// Scores by NumPy and OpenCV: Scripts/goldens/metrics.py.
private struct MetricGolden: Decodable {
    struct Episode: Decodable {
        var `class`: Int
        var width: Int
        var pixels: String
        var foreground: [UInt64]
        var background: [UInt64]
        var boundary: [UInt64]

        /// Twice the truth (0 background, 1 object, 2 void) plus the prediction.
        var digits: [Int] { pixels.compactMap(\.wholeNumberValue) }

        var truth: ClassMask {
            let height = digits.count / width
            let object = BinaryMask(height: height, width: width, values: digits.map { $0 / 2 == 1 })
            return ClassMask(object: object, void: BinaryMask(height: height, width: width, values: digits.map { $0 / 2 == 2 }))
        }

        var prediction: BinaryMask {
            BinaryMask(height: digits.count / width, width: width, values: digits.map { $0 % 2 == 1 })
        }
    }

    struct FewShot: Decodable {
        var classes: [Int]
        var episodes: [Episode]
        var iou: [String: Double]
        var boundaryIoU: [String: Double]
        var meanIoU: Double
        var meanBoundaryIoU: Double
        var foregroundBackgroundIoU: Double
    }

    struct Means: Decodable {
        var base, novel, mean, harmonic, total: Double
    }

    struct Fold: Decodable {
        var truth: String
        var prediction: String
        var included: Means
        var excluded: Means
    }

    struct Summary: Decodable {
        var harmonicOfMeans: Double
        var meanOfHarmonics: Double
    }

    struct Generalized: Decodable {
        var folds: [Fold]
        var summary: [String: Summary]
    }

    struct Presence: Decodable {
        var scores: [Float]
        var present: [Bool]
        var areaUnderROC: Double
        var f1: Double
    }

    struct Boundary: Decodable {
        var ratio: Double
        var height: Int
        var width: Int
        var truth: [Int]
        var prediction: [Int]
        var counts: [UInt64]

        /// Lengths of zeros, ones, zeros and so on.
        func mask(_ runs: [Int]) -> BinaryMask {
            let values = runs.enumerated().flatMap { Array(repeating: $0.offset % 2 == 1, count: $0.element) }
            return BinaryMask(height: height, width: width, values: values)
        }
    }

    var fewShot: FewShot
    var generalized: Generalized
    var presence: Presence
    var boundaries: [Boundary]

    static func load() throws -> MetricGolden {
        let url = Goldens.folder.deletingLastPathComponent().appending(path: "metrics.json")
        return try JSONDecoder().decode(MetricGolden.self, from: Data(contentsOf: url))
    }
}

private func isClose(_ found: Double?, _ expected: Double) -> Bool { found.map { abs($0 - expected) < 1e-12 } ?? false }

@Suite("Metrics agree with NumPy and OpenCV") struct MetricGoldenTests {
    @Test("Counts and means of 200 random episodes with void, without objects, without predictions")
    func fewShot() throws {
        let golden = try MetricGolden.load().fewShot
        try #require(golden.episodes.count == 200)
        var metrics = FewShotMetrics(classIDs: golden.classes)
        var bands = BoundaryMetrics(classIDs: golden.classes)
        for (index, episode) in golden.episodes.enumerated() {
            let score = try EpisodeScore(prediction: episode.prediction, truth: episode.truth, classID: episode.class)
            #expect([score.foreground.intersection, score.foreground.union] == episode.foreground, "episode \(index)")
            #expect([score.background.intersection, score.background.union] == episode.background, "episode \(index)")
            let band = try BoundaryIoU.counts(prediction: episode.prediction, truth: episode.truth)
            #expect([band.intersection, band.union] == episode.boundary, "episode \(index)")
            try metrics.add(score)
            try bands.add(band, classID: episode.class)
        }
        for (name, expected) in golden.iou { #expect(isClose(metrics.iou(ofClass: Int(name) ?? -1), expected), "class \(name)") }
        for (name, expected) in golden.boundaryIoU { #expect(isClose(bands.iou(ofClass: Int(name) ?? -1), expected)) }
        #expect(golden.iou.count == golden.classes.count - 1 && metrics.iou(ofClass: 5) == nil && bands.iou(ofClass: 5) == nil)
        #expect(isClose(metrics.meanIoU, golden.meanIoU))
        #expect(isClose(metrics.foregroundBackgroundIoU, golden.foregroundBackgroundIoU))
        #expect(isClose(bands.meanIoU, golden.meanBoundaryIoU))
    }

    @Test("Bands of several pixels, of objects that the image cuts, too")
    func boundaries() throws {
        let goldens = try MetricGolden.load().boundaries
        try #require(goldens.count == 4)
        for golden in goldens {
            let truth = ClassMask(object: golden.mask(golden.truth))
            let counts = try BoundaryIoU.counts(prediction: golden.mask(golden.prediction), truth: truth, ratio: golden.ratio)
            #expect([counts.intersection, counts.union] == golden.counts, "ratio \(golden.ratio)")
        }
        let truth = ClassMask(object: BinaryMask("##", "##"))
        #expect(throws: DatasetError.self) { try BoundaryIoU.counts(prediction: BinaryMask("##"), truth: truth) }
        // Python rounds 2.5 to 2.
        #expect(BoundaryIoU.width(height: 3, width: 4, ratio: 0.5) == 2 && BoundaryIoU.width(height: 1, width: 1) == 1)
    }

    @Test("Generalized means with background in and out, in both orders of averaging")
    func generalized() throws {
        let golden = try MetricGolden.load().generalized
        for (rule, key) in [(BackgroundRule.included, "included"), (.excluded, "excluded")] {
            let means = try golden.folds.map { fold in
                let (truth, prediction) = (Self.map(fold.truth), Self.map(fold.prediction))
                var matrix = ConfusionMatrix(classIDs: Array(0..<7))
                try matrix.add(prediction: prediction, truth: truth)
                let found = GeneralizedMeans(matrix, base: [1, 2, 3], novel: [4, 5, 6], background: rule)
                let expected = rule == .included ? fold.included : fold.excluded
                #expect(isClose(found.base, expected.base) && isClose(found.novel, expected.novel))
                #expect(isClose(found.mean, expected.mean) && isClose(found.harmonic, expected.harmonic))
                #expect(isClose(found.total, expected.total))
                return found
            }
            let summary = GeneralizedSummary(means)
            let expected = try #require(golden.summary[key])
            #expect(isClose(summary.averaged.harmonic, expected.harmonicOfMeans))
            #expect(isClose(summary.meanOfHarmonics, expected.meanOfHarmonics))
            #expect(summary.averaged.harmonic != summary.meanOfHarmonics)
        }
        let nothing = GeneralizedMeans(ConfusionMatrix(classIDs: [0, 1]), base: [1], novel: [2], background: .included)
        #expect(nothing.base == nil && nothing.harmonic == nil && nothing.total == nil)
        #expect(GeneralizedMeans(base: 0, novel: 0, total: 0).harmonic == 0)
    }

    private static func map(_ digits: String) -> ClassMap {
        let values = digits.compactMap(\.wholeNumberValue).map { $0 == 9 ? ClassMap.void : Int32($0) }
        return ClassMap(height: 1, width: values.count, values: values)
    }

    @Test("The area under the ROC counts ties half, F1 decides at a threshold")
    func presence() throws {
        let golden = try MetricGolden.load().presence
        var metrics = PresenceMetrics()
        for (score, isPresent) in zip(golden.scores, golden.present) { try metrics.add(score: score, isPresent: isPresent) }
        #expect(isClose(metrics.areaUnderROC, golden.areaUnderROC))
        #expect(isClose(metrics.decisions(threshold: 0.5).f1, golden.f1))
        #expect(metrics.presentCount == golden.present.count { $0 } && metrics.absentCount == golden.present.count { !$0 })
        #expect(PresenceMetrics().areaUnderROC == nil && PresenceMetrics().decisions(threshold: 0).f1 == nil)
        #expect(throws: DatasetError.self) { try metrics.add(score: .nan, isPresent: true) }
    }

    @Test("However episodes are split and merged, sums are the same bits")
    func merging() throws {
        let golden = try MetricGolden.load()
        let few = golden.fewShot
        func sums(_ episodes: some Sequence<Int>) throws -> (FewShotMetrics, BoundaryMetrics, PresenceMetrics) {
            var sums = (FewShotMetrics(classIDs: few.classes), BoundaryMetrics(classIDs: few.classes), PresenceMetrics())
            for index in episodes {
                let episode = few.episodes[index]
                try sums.0.add(EpisodeScore(prediction: episode.prediction, truth: episode.truth, classID: episode.class))
                let band = try BoundaryIoU.counts(prediction: episode.prediction, truth: episode.truth)
                try sums.1.add(band, classID: episode.class)
                let place = index % golden.presence.scores.count
                try sums.2.add(score: golden.presence.scores[place], isPresent: golden.presence.present[place])
            }
            return sums
        }
        let whole = try sums(0..<200)
        for parts in [2, 3, 7, 200] {
            var merged = try sums(EmptyCollection())
            for part in (0..<parts).reversed() {
                let own = try sums(stride(from: part, to: 200, by: parts))
                try merged.0.merge(own.0)
                try merged.1.merge(own.1)
                merged.2.merge(own.2)
            }
            #expect(merged.0 == whole.0 && merged.1 == whole.1 && merged.2 == whole.2, "\(parts) parts")
            #expect(merged.0.meanIoU.bitPattern == whole.0.meanIoU.bitPattern)
            #expect(merged.1.meanIoU.bitPattern == whole.1.meanIoU.bitPattern)
            #expect(merged.2.areaUnderROC?.bitPattern == whole.2.areaUnderROC?.bitPattern)
        }
        var other = whole.1
        #expect(throws: DatasetError.self) { try other.merge(BoundaryMetrics(classIDs: [1])) }
        #expect(throws: DatasetError.self) { try other.add(IoUCounts(), classID: 99) }
        #expect(try JSONDecoder().decode(PresenceMetrics.self, from: JSONEncoder().encode(whole.2)) == whole.2)
    }
}
