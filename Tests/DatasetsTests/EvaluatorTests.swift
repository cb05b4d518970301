import Foundation
import Synchronization
import TensorCore
import Testing

@testable import Datasets

/// Six 8x6 images; image i shows class `i % 2 + 1` as a box that begins in column i.
private struct TinyDataset: ByteLabelledDataset {
    let name = "tiny"
    let classes = [FewShotClass(id: 1, name: "box, red"), FewShotClass(id: 2, name: "ball")]
    let items = (0..<6).map { DatasetItem(id: "\($0)", classID: $0 % 2 + 1) }
    var wrongSize = false

    func image(_ id: String) throws -> RGBImage { RGBImage(height: 6, width: 8) }

    func labels(_ id: String) throws -> LabelMap {
        let index = Int(id) ?? 0
        let width = wrongSize ? 7 : 8
        let values = (0..<(width * 6)).map { pixel in
            (index..<(index + 3)).contains(pixel % width) ? UInt8(index % 2 + 1) : 0
        }
        return LabelMap(height: 6, width: width, values: values)
    }
}

/// Knows the truth by the id of the query; shifts it to the right.
private struct Oracle: EpisodicSegmenter {
    var shift = 0

    func segment(_ episode: Episode) throws -> Prediction {
        let index = (Int(episode.queryID) ?? 0) + shift
        return .mask(BinaryMask(height: 6, width: 8) { x, _ in (index..<(index + 3)).contains(x) })
    }
}

/// Collects what segmenters saw.
private final class Notes<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func add(_ value: Value) { values.withLock { $0.append(value) } }

    var all: [Value] { values.withLock { $0 } }
}

/// An oracle that answers batches and notes their sizes; its mistakes depend on the episode alone.
private struct BatchOracle: EpisodicSegmenter {
    let sizes = Notes<Int>()

    func segment(_ episode: Episode) throws -> Prediction {
        try Oracle(shift: (Int(episode.queryID) ?? 0) % 3).segment(episode)
    }

    func segment(_ episodes: [Episode]) throws -> [Prediction] {
        sizes.add(episodes.count)
        return try episodes.map { try segment($0) }
    }
}

private struct Spy: EpisodicSegmenter {
    let look: @Sendable (Episode) throws -> Prediction

    func segment(_ episode: Episode) throws -> Prediction { try look(episode) }
}

@Suite struct EvaluatorTests {
    private func episodes(shots: Int = 1) throws -> [EpisodeReference] {
        try EpisodeSampler(.vocUniform).episodes(from: TinyDataset().items, shots: shots, count: 6)
    }

    @Test func anOracleScoresOneAndAShiftedOneAHalf() async throws {
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: TinyDataset()), resamples: 20)
        let perfect = try await evaluator.evaluate(Oracle(), on: episodes())
        #expect(perfect.meanIoU == 1)
        #expect(perfect.foregroundBackgroundIoU == 1)
        #expect(perfect.episodeCount == 6)
        #expect(perfect.classes.map(\.episodes) == [3, 3])
        #expect(perfect.episodeHash == EpisodeReference.hash(of: try episodes()))
        #expect(perfect.listHash == DatasetItem.hash(of: TinyDataset().items))
        // Three columns against three columns moved by one: 2 of 4; the last query loses one at the border: 2 of 3.
        let shifted = try await evaluator.evaluate(Oracle(shift: 1), on: episodes())
        #expect(shifted.classes[0].iou == 0.5)
        #expect(shifted.classes[1].iou == 6.0 / 11)
    }

    @Test func segmentersSeeSupportsButNotTheName() async throws {
        let (rules, names) = (Notes<AnnotationKind>(), Notes<String>())
        for givesText in [false, true] {
            let loader = EpisodeLoader(dataset: TinyDataset(), annotationRule: .box, givesText: givesText)
            let spy = Spy { episode in
                for support in episode.supports { rules.add(support.annotation.kind) }
                names.add(episode.className + "/" + (episode.text ?? "-"))
                return .mask(BinaryMask(height: 6, width: 8) { _, _ in true })
            }
            _ = try await Evaluator(loader: loader, resamples: 0).evaluate(spy, on: episodes(shots: 2))
        }
        #expect(rules.all == Array(repeating: .box, count: 24))
        #expect(Set(names.all) == ["/-", "box, red/box, red", "ball/ball"])
    }

    @Test func reportsProgressAndStopsWhenTheTaskIsCancelled() async throws {
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: TinyDataset()), resamples: 0)
        var seen: [Int] = []
        let references = try episodes()
        await #expect(throws: CancellationError.self) {
            try await evaluator.evaluate(Oracle(), on: references) { step in
                seen.append(step.index)
                #expect(step.progress.total == 6 && step.progress.done == step.index + 1)
                #expect(step.runningMeanIoU == 1)
                if seen.count == 4 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        #expect(seen == [0, 1, 2, 3])
    }

    @Test func errorsOfObserversEndTheRun() async throws {
        struct Enough: Error {}
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: TinyDataset()), resamples: 0, batchSize: 3)
        await #expect(throws: Enough.self) { try await evaluator.evaluate(Oracle(), on: episodes()) { _ in throw Enough() } }
    }

    @Test("Scores and observations are the same bits whatever is prefetched and however many episodes are asked at once")
    func batchesDoNotMatter() async throws {
        let references = try EpisodeSampler(.vocUniform).episodes(from: TinyDataset().items, shots: 2, count: 11)
        let loader = EpisodeLoader(dataset: TinyDataset(), annotationRule: .scribble)
        var expected: (EvaluationResult, [Double])?
        for batchSize in [1, 2, 5] {
            for prefetch in [0, 1, 5] {
                let oracle = BatchOracle()
                let evaluator = Evaluator(loader: loader, resamples: 50, batchSize: batchSize, prefetch: prefetch)
                var means: [Double] = []
                let result = try await evaluator.evaluate(oracle, on: references) { means.append($0.runningMeanIoU) }
                let sizes = oracle.sizes.all
                #expect(sizes.reduce(0, +) == 11 && sizes.dropLast().allSatisfy { $0 == batchSize })
                if let expected { #expect(result == expected.0 && means == expected.1) } else { expected = (result, means) }
            }
        }
        let scores = try #require(expected).0.scores
        #expect(Set(scores.map(\.foreground.ratio)).count > 1, "the oracle makes mistakes")
    }

    @Test("What an earlier run found is not asked again, and the result is the same bits, batch by batch")
    func known() async throws {
        let references = try EpisodeSampler(.vocUniform).episodes(from: TinyDataset().items, shots: 1, count: 9)
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: TinyDataset()), resamples: 20, batchSize: 2)
        let whole = try await evaluator.evaluate(BatchOracle(), on: references)
        var found: [Int: EpisodeOutcome] = [:]
        var asked = 0
        let first = EpisodeSharing(counting: {
            asked += 3; return asked
        }) { found[$0] = $1 }
        #expect(try await evaluator.evaluate(BatchOracle(), on: references, sharing: first) == whole)
        #expect(found.count == 9 && first.steps == 15)
        // Of the batch 2, 3 one episode is known: both are asked again. What lies beyond the episodes does not count.
        let left = found.filter { ![3, 6, 7].contains($0.key) }.merging([40: EpisodeOutcome(score: whole.scores[0])]) { $1 }
        let oracle = BatchOracle()
        var (delivered, shown): ([Int], [Int]) = ([], [])
        let second = EpisodeSharing(known: left, deliver: { place, _ in delivered.append(place) })
        let resumed = try await evaluator.evaluate(oracle, on: references, sharing: second) { progress, _ in
            shown.append(progress.done)
        }
        #expect(resumed == whole && oracle.sizes.all == [2, 2])
        #expect(delivered == [2, 3, 6, 7] && shown == [6, 7, 8, 9])
    }

    @Test func aBatchNeedsOneAnswerAnEpisode() async throws {
        struct Lazy: EpisodicSegmenter {
            func segment(_ episode: Episode) throws -> Prediction { .mask(BinaryMask("#")) }
            func segment(_ episodes: [Episode]) throws -> [Prediction] { [] }
        }
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: TinyDataset()), batchSize: 2)
        let error = await #expect(throws: DatasetError.self) { try await evaluator.evaluate(Lazy(), on: episodes()) }
        #expect(error?.found == "0 predictions for 2 episodes")
    }

    @Test func squareSpaceResizesEverything() throws {
        let loader = EpisodeLoader(dataset: TinyDataset(), space: .square(12))
        let loaded = try loader.load(EpisodeReference(query: "0", classID: 1, supports: ["2"]))
        #expect(loaded.episode.query.width == 12 && loaded.episode.query.height == 12)
        #expect(
            loaded.truth == ClassMask(object: (try TinyDataset().labels("0")).mask(ofClass: 1).resized(height: 12, width: 12)))
        guard case .mask(let mask) = loaded.episode.supports[0].annotation else {
            Issue.record("expected a mask")
            return
        }
        #expect(mask == (try TinyDataset().labels("2")).mask(ofClass: 1).resized(height: 12, width: 12))
    }

    @Test func namesBadSupportsAndPredictions() async throws {
        let loader = EpisodeLoader(dataset: TinyDataset())
        let absent = #expect(throws: DatasetError.self) {
            try loader.load(EpisodeReference(query: "0", classID: 1, supports: ["1"]))
        }
        #expect(absent?.file == "labels of 1")
        #expect(absent?.found == "no pixel of class 1 (box, red)")
        let broken = EpisodeLoader(dataset: TinyDataset(wrongSize: true))
        let size = #expect(throws: DatasetError.self) {
            try broken.load(EpisodeReference(query: "0", classID: 1, supports: ["2"]))
        }
        #expect(size?.found == "7x6 pixels")
        let small = Spy { _ in .mask(BinaryMask("#")) }
        await #expect(throws: DatasetError.self) { try await Evaluator(loader: loader).evaluate(small, on: episodes()) }
    }

    @Test func writesItsFiles() async throws {
        let loader = EpisodeLoader(dataset: TinyDataset(), annotationRule: .scribble, annotationSeed: 4)
        let result = try await Evaluator(loader: loader, resamples: 10).evaluate(Oracle(), on: episodes())
        let manifest = ResultManifest(
            EvaluationRecord(
                protocol: .vocUniform, loader: loader, episodes: try episodes(), method: "oracle",
                settings: ["threshold": "0.5"]))
        try withTemporaryFolder { (parent: URL) throws in
            let folder = parent.appending(path: "runs/a")
            try ResultFiles.write(result, manifest: manifest, episodes: try episodes(), to: folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["classes.csv", "episodes.csv", "manifest.json", "metrics.json"])
            let decoder = JSONDecoder()
            let read = try decoder.decode(
                ResultManifest.self, from: Data(contentsOf: folder.appending(path: "manifest.json")))
            #expect(read == manifest)
            let record = read.evaluation
            #expect(record.protocolID == "voc-uniform" && record.annotationSeed == 4 && record.shots == 1)
            var scores = try decoder.decode(
                EvaluationResult.self, from: Data(contentsOf: folder.appending(path: "metrics.json")))
            scores.scores = result.scores
            #expect(scores == result)
            let table = try String(contentsOf: folder.appending(path: "classes.csv"), encoding: .utf8)
            #expect(table.split(separator: "\n")[1] == "1,\"box, red\",1.0,3,54,54,1.0")
            let list = try String(contentsOf: folder.appending(path: "episodes.csv"), encoding: .utf8)
            #expect(list.split(separator: "\n").count == 7)
        }
    }
}
