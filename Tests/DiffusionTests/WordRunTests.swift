internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("Prediction by names")
struct WordRunTests {
    /// Three photos, and words of random weights behind the run's backbone.
    private static func run(in folder: URL, _ names: [String]) throws -> PredictionRun {
        let photo = try SmallModel.episode().query
        var paths: [String] = []
        for index in 0..<3 {
            let file = folder.appending(path: "\(index).png")
            try ImageFile.save(index == 1 ? photo.flippedHorizontally() : photo, to: file)
            paths.append(file.path)
        }
        let backbone = try RunTests.choice(folder).load().backbone.backbone
        var shape = WordShape()
        (shape.width, shape.heads, shape.hidden, shape.dimension, shape.imageSize) = (16, 2, 16, 8, 64)
        let words = try WordModel(
            ParameterScope(seed: 5), shape, words: Shapes5i.captionWords, channels: backbone.levels.map(\.channels),
            backboneDigest: backbone.contentDigest)
        let file = folder.appending(path: "words.safetensors")
        try words.save(to: file, training: "nothing")
        var run = PredictionRun(
            supports: [], queries: try QueryPhoto.found(paths), model: RunTests.choice(folder), threshold: 0.3)
        run.words = WordChoice(names, path: file.path)
        return run
    }

    @Test(
        "Every name is what the model finds for it, beside no support, and a run that was interrupted goes on with the same words"
    )
    func names() async throws {
        try await RunTests.inFolder { folder in
            let run = try Self.run(in: folder, ["striped ring", "dotted star"])
            let whole = try RunFolder(folder.appending(path: "whole").path, command: "predict")
            let records = try await run.run(in: whole)
            var loaded = try RunTests.choice(folder).load()
            _ = try run.words?.join(&loaded, cacheCapacity: 0)
            let photo = try ImageFile.load(run.queries[0].url)
            for (index, name) in ["striped ring", "dotted star"].enumerated() {
                let prediction = try loaded.model.segment(Episode(query: photo, supports: [], text: name))
                let concept = try #require(records[0].concepts?[index])
                #expect(concept.name == name && records[0].error == nil)
                let file = folder.appending(path: "expected\(index).png")
                try prediction.map.save(to: file)
                let stored = whole.url.appending(path: try #require(concept.probability))
                #expect(try Data(contentsOf: stored) == Data(contentsOf: file))
            }
            let expected = try (0..<2).map { try Data(contentsOf: folder.appending(path: "expected\($0).png")) }
            #expect(expected[0] != expected[1], "names make a difference, so the comparison can fail")

            let place = folder.appending(path: "part").path
            let task = Task {
                _ = try await run.run(in: RunFolder(place, command: "predict")) { event in
                    if case .progress(let progress) = event, progress.done == 1 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            let again = try RunFolder(resuming: place, command: "predict")
            let (rest, _) = try PredictionRun.resuming(again)
            #expect(rest.words == run.words)
            #expect(try await rest.run(in: again) == records)
        }
    }

    @Test("Names beside supports, names that are one, and words of another backbone are refused")
    func refused() async throws {
        try await RunTests.inFolder { folder in
            func refused(_ word: String, _ run: PredictionRun) async {
                let out = folder.appending(path: "out").path
                let error = await #expect(throws: (any Error).self) {
                    try await run.run(in: RunFolder(out, command: "predict", force: true))
                }
                #expect("\(error as Any)".contains(word), "\(word): \(error as Any)")
            }
            await refused("different names", try Self.run(in: folder, ["ring", "ring"]))
            await refused("none of them empty", try Self.run(in: folder, [" "]))
            var both = try Self.run(in: folder, ["ring"])
            both.concepts = [ConceptChoice("cup.fss")]
            await refused("expected one kind", both)
            let own = try Self.run(in: folder, ["ring"])
            let other = try WordModel(
                ParameterScope(seed: 5), WordShape(), words: Shapes5i.captionWords, channels: [4], backboneDigest: "another")
            try other.save(to: URL(fileURLWithPath: try #require(own.words?.path)), training: "nothing")
            await refused("trained behind a backbone of digest another", own)
        }
    }
}
