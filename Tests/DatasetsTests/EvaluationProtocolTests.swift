import Foundation
import Testing

@testable import Datasets

/// Says that bright pixels are the object.
private struct Brightness: EpisodicSegmenter {
    static func mask(_ image: RGBImage) -> BinaryMask {
        BinaryMask(height: image.height, width: image.width) { x, y in
            let pixel = (y * image.width + x) * 3
            return image.pixels[pixel..<(pixel + 3)].contains { $0 > 120 }
        }
    }

    func segment(_ episode: Episode) throws -> Prediction { .mask(Self.mask(episode.query)) }
}

@Suite("Evaluation protocols") struct EvaluationProtocolTests {
    @Test("HSNet's protocol is what its published evaluation does")
    func hsnet() throws {
        let hsnet = try #require(EvaluationProtocol(named: "hsnet"))
        #expect(hsnet.sampling == .hsnet && hsnet.space == .square(400) && hsnet.ignoreRule == .void)
        #expect(hsnet.episodes == 1000 && hsnet.repeats == 1 && hsnet.seed == 0 && hsnet.threshold == 0.5)
        let coco = try #require(EvaluationProtocol(named: "hsnet-coco"))
        #expect(coco.sampling == .hsnetCOCO && coco.space == .square(400) && coco.ignoreRule == .nothing)
        #expect(EvaluationProtocol(named: "voc-uniform")?.space == .original)
        #expect(EvaluationProtocol(named: "nonsense") == nil)
    }

    @Test("A protocol survives JSON and says what was changed")
    func changes() throws {
        var own = EvaluationProtocol.hsnet
        #expect(own.changes.isEmpty)
        own.space = .original
        own.episodes = 20
        #expect(own.changes == ["space original", "episodes 20"])
        let read = try JSONDecoder().decode(EvaluationProtocol.self, from: JSONEncoder().encode(own))
        #expect(read == own)
        #expect(EvaluationProtocol(id: "mine", sampling: .hsnet, episodes: 3).changes.isEmpty)
    }

    @Test("Spaces are read as they are written", arguments: ["original", "square-400", "square-1"])
    func spaces(text: String) throws {
        #expect(try #require(IoUSpace(text)).description == text)
    }

    @Test("Other texts are no space", arguments: ["", "square", "square-", "square-0", "square--4", "square-9999", "Original"])
    func noSpaces(text: String) { #expect(IoUSpace(text) == nil) }

    @Test("Repeats have seeds of their own")
    func repeats() throws {
        let items = (0..<12).map { DatasetItem(id: "\($0)", classID: $0 % 2 + 1) }
        let drawn = EvaluationProtocol(id: "mine", sampling: .vocUniform, episodes: 5, repeats: 2, seed: 3)
        let expected = try [3, 4].flatMap { seed in
            try EpisodeSampler(.vocUniform, seed: seed).episodes(from: items, shots: 2, count: 5)
        }
        #expect(try drawn.draw(from: items, shots: 2) == expected)
        let none = EvaluationProtocol(id: "mine", sampling: .vocUniform, episodes: 0)
        #expect(throws: DatasetError.self) { try none.draw(from: items, shots: 1) }
    }

    /// Counts pixel by pixel, as NumPy code would: labels at `floor(i * size / 400)`, the image by the golden-tested resize.
    @Test("The square of 400 compares images resized by interpolation with labels picked by nearest neighbour")
    func square() async throws {
        let shapes = Shapes5iDataset(Shapes5i(imageSize: 37, imagesPerClass: 2, voidBorder: 1), split: .validation, fold: 0)
        var protocol400 = EvaluationProtocol.hsnet
        protocol400.episodes = 4
        let episodes = try protocol400.draw(from: shapes.items, shots: 1)
        let loader = protocol400.loader(for: shapes)
        let result = try await Evaluator(loader: loader, resamples: 0).evaluate(Brightness(), on: episodes)
        for (episode, score) in zip(episodes, result.scores) {
            let labels = try shapes.labels(episode.query)
            let named = Brightness.mask(try shapes.image(episode.query).resized(height: 400, width: 400))
            var counts = [[UInt64(0), 0], [0, 0]]
            for y in 0..<400 {
                for x in 0..<400 {
                    let label = labels.values[y * 37 / 400 * 37 + x * 37 / 400]
                    if label == 255 { continue }
                    counts[Int(label) == episode.classID ? 1 : 0][named.values[y * 400 + x] ? 1 : 0] += 1
                }
            }
            let wrong = counts[0][1] + counts[1][0]
            #expect(score.foreground == IoUCounts(intersection: counts[1][1], union: counts[1][1] + wrong))
            #expect(score.background == IoUCounts(intersection: counts[0][0], union: counts[0][0] + wrong))
            #expect(counts[0][0] + counts[1][1] + wrong < 160_000, "the example has void pixels")
        }
        let support = try loader.load(episodes[0]).episode.supports[0]
        let picked = try shapes.labels(support.id).mask(ofClass: episodes[0].classID).resized(height: 400, width: 400)
        guard case .mask(let mask) = support.annotation else {
            Issue.record("expected a mask")
            return
        }
        #expect(support.image.height == 400 && support.image.width == 400)
        #expect(mask == picked)
    }

    @Test("Manifests say the resolution and rules that the loader followed")
    func manifest() throws {
        let dataset = OverlappingDataset()
        var changed = EvaluationProtocol.hsnetCOCO
        changed.episodes = 3
        let manifest = EvaluationRecord(
            protocol: changed, loader: changed.loader(for: dataset), episodes: try changed.draw(from: dataset.items, shots: 1),
            method: "m")
        #expect(manifest.protocolID == "hsnet-coco" && manifest.iouSpace == .square(400))
        #expect(manifest.ignoreRule == "all pixels count")
        #expect(manifest.protocolChanges == ["episodes 3"] && manifest.repeats == nil && manifest.episodeCount == 3)
    }
}
