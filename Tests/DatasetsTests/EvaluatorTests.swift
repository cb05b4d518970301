import Foundation
import Testing

@testable import Datasets

/// Six 8x6 images; image i shows class `i % 2 + 1` as a box that begins in column i.
private struct TinyDataset: FewShotDataset {
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

private struct Spy: EpisodicSegmenter {
    let look: (Episode) throws -> Prediction

    func segment(_ episode: Episode) throws -> Prediction { try look(episode) }
}

@Suite struct EvaluatorTests {
    private func episodes(shots: Int = 1) throws -> [EpisodeReference] {
        try EpisodeSampler(.vocUniform).episodes(from: TinyDataset().items, shots: shots, count: 6)
    }

    @Test func anOracleScoresOneAndAShiftedOneAHalf() throws {
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: TinyDataset()), resamples: 20)
        let perfect = try evaluator.evaluate(Oracle(), on: episodes())
        #expect(perfect.meanIoU == 1)
        #expect(perfect.foregroundBackgroundIoU == 1)
        #expect(perfect.episodeCount == 6)
        #expect(perfect.classes.map(\.episodes) == [3, 3])
        #expect(perfect.episodeHash == EpisodeReference.hash(of: try episodes()))
        #expect(perfect.listHash == DatasetItem.hash(of: TinyDataset().items))
        // Three columns against three columns moved by one: 2 of 4; the last query loses one at the border: 2 of 3.
        let shifted = try evaluator.evaluate(Oracle(shift: 1), on: episodes())
        #expect(shifted.classes[0].iou == 0.5)
        #expect(shifted.classes[1].iou == 6.0 / 11)
    }

    @Test func segmentersSeeSupportsButNotTheName() throws {
        var rules: [AnnotationKind] = []
        var names: Set<String> = []
        for givesText in [false, true] {
            let loader = EpisodeLoader(dataset: TinyDataset(), annotationRule: .box, givesText: givesText)
            let spy = Spy { episode in
                rules += episode.supports.map(\.annotation.kind)
                names.insert(episode.className + "/" + (episode.text ?? "-"))
                return .mask(BinaryMask(height: 6, width: 8) { _, _ in true })
            }
            _ = try Evaluator(loader: loader, resamples: 0).evaluate(spy, on: episodes(shots: 2))
        }
        #expect(rules == Array(repeating: .box, count: 24))
        #expect(names == ["/-", "box, red/box, red", "ball/ball"])
    }

    @Test func reportsProgressAndStops() throws {
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: TinyDataset()), resamples: 0)
        var seen: [Int] = []
        #expect(throws: CancellationError.self) {
            try evaluator.evaluate(
                Oracle(), on: episodes(), isCancelled: { seen.count == 4 },
                observe: { step in
                    seen.append(step.index)
                    #expect(step.total == 6)
                    #expect(step.runningMeanIoU == 1)
                })
        }
        #expect(seen == [0, 1, 2, 3])
    }

    @Test func squareSpaceResizesEverything() throws {
        let loader = EpisodeLoader(dataset: TinyDataset(), space: .square(12))
        let loaded = try loader.load(EpisodeReference(query: "0", classID: 1, supports: ["2"]))
        #expect(loaded.episode.query.width == 12 && loaded.episode.query.height == 12)
        #expect(loaded.truth == (try TinyDataset().labels("0")).resized(height: 12, width: 12))
        guard case .mask(let mask) = loaded.episode.supports[0].annotation else {
            Issue.record("expected a mask")
            return
        }
        #expect(mask == (try TinyDataset().labels("2")).mask(ofClass: 1).resized(height: 12, width: 12))
    }

    @Test func namesBadSupportsAndPredictions() throws {
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
        #expect(throws: DatasetError.self) { try Evaluator(loader: loader).evaluate(small, on: episodes()) }
    }

    @Test func writesItsFiles() throws {
        let sampler = EpisodeSampler(.vocUniform)
        let loader = EpisodeLoader(dataset: TinyDataset(), annotationRule: .scribble, annotationSeed: 4)
        let result = try Evaluator(loader: loader, resamples: 10).evaluate(Oracle(), on: episodes())
        let manifest = ResultManifest(
            sampler: sampler, loader: loader, episodes: try episodes(), method: "oracle", precision: "float32",
            threads: 1, seed: 0, settings: ["threshold": "0.5"])
        try withTemporaryFolder { parent in
            let folder = parent.appending(path: "runs/a")
            try ResultFiles.write(result, manifest: manifest, episodes: try episodes(), to: folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["classes.csv", "episodes.csv", "manifest.json", "metrics.json"])
            let decoder = JSONDecoder()
            let read = try decoder.decode(
                ResultManifest.self, from: Data(contentsOf: folder.appending(path: "manifest.json")))
            #expect(read == manifest)
            #expect(read.protocolID == "voc-uniform" && read.annotationSeed == 4 && read.shots == 1)
            var scores = try decoder.decode(
                EvaluationResult.self, from: Data(contentsOf: folder.appending(path: "metrics.json")))
            scores.scores = result.scores
            #expect(scores == result)
            let table = try String(contentsOf: folder.appending(path: "classes.csv"), encoding: .utf8)
            #expect(table.split(separator: "\n")[1] == "1,\"box, red\",1.0,3,54,54")
            let list = try String(contentsOf: folder.appending(path: "episodes.csv"), encoding: .utf8)
            #expect(list.split(separator: "\n").count == 7)
        }
    }
}
