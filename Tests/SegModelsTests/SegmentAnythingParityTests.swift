internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// SAM against transformers, with the original files' names (`Scripts/goldens/segment_anything.py`).
@Suite("Segment Anything against its reference")
struct SegmentAnythingParityTests {
    private typealias Fixtures = SegmentAnythingFixtures
    private static let photo = Size2D(height: 96, width: 96)

    private static func prompts() -> [(name: String, prompt: SAMPrompt)] {
        let points: [SAMPrompt.Point] = [.init(x: 10, y: 20), .init(x: 60, y: 40, isForeground: false)]
        let box = SAMPrompt.Box(left: 5, top: 8, right: 70, bottom: 50)
        let mask = Fixtures.formula("mask", [24, 24]) * 4
        return [
            ("points", SAMPrompt(points: points)), ("box", SAMPrompt(box: box)), ("both", SAMPrompt(points: points, box: box)),
            ("mask", SAMPrompt(points: points, mask: mask)),
        ]
    }

    @Test("The image's map")
    func encoder() throws {
        let map = try Fixtures.model().encoded(Fixtures.formula("image", [1, 96, 96, 3]))
        BackboneFixtures.expectEqual(map, try #require(Fixtures.golden()["map"]), "map")
    }

    @Test("Masks and predicted IoUs of points, boxes, both and a mask")
    func masks() throws {
        let (model, golden) = (try Fixtures.model(), try Fixtures.golden())
        let map = try #require(golden["map"])
        let embedding = SAMEmbedding(map: map, frame: SAMFrame(original: Self.photo, side: 96))
        for (name, prompt) in Self.prompts() {
            for (key, multimask) in [("\(name).one", false), ("\(name).three", true)] {
                let found = model.masks(embedding, [prompt], multimask: multimask)
                BackboneFixtures.expectEqual(found.lowResolution, try #require(golden["\(key).masks"]), key)
                BackboneFixtures.expectEqual(found.qualities, try #require(golden["\(key).qualities"]), key)
            }
        }
    }

    @Test("Gradients of the image and of parameters of every part")
    func gradients() throws {
        let (model, golden) = (try Fixtures.model(), try Fixtures.golden())
        model.unfreeze()
        let image = Fixtures.formula("image", [1, 96, 96, 3]).requiringGradient()
        let (_, gradients) = valueAndGradient {
            let embedding = SAMEmbedding(map: model.encoded(image), frame: SAMFrame(original: Self.photo, side: 96))
            var loss = Tensor(0)
            for (name, prompt) in Self.prompts() {
                for (key, multimask) in [("\(name).one", false), ("\(name).three", true)] {
                    let found = model.masks(embedding, [prompt], multimask: multimask)
                    let weights = Fixtures.formula(key, found.lowResolution.shape)
                    loss = loss + (found.lowResolution * weights).mean() + found.qualities.sum()
                }
            }
            return loss
        }
        let wanted = golden.names.filter { $0.hasPrefix("gradient.") }
        #expect(wanted.count > 10)
        for name in wanted {
            let path = String(name.dropFirst("gradient.".count))
            let parameter = model.parameters.first { $0.path == path }
            let found = path == "image" ? gradients[image] : parameter.flatMap { gradients[$0] }
            BackboneFixtures.expectEqual(
                try #require(found, "\(path)"), try #require(golden[name]), path, tolerance: 1e-3)
        }
    }

    @Test("Prompts of one layout are decoded together as one by one")
    func batches() throws {
        let (model, golden) = (try Fixtures.model(), try Fixtures.golden())
        let embedding = SAMEmbedding(
            map: try #require(golden["map"]), frame: SAMFrame(original: Size2D(height: 50, width: 96), side: 96))
        let prompts = [SAMPrompt(points: [.init(x: 4, y: 9)]), SAMPrompt(points: [.init(x: 70, y: 30)])]
        let together = model.masks(embedding, prompts, multimask: true)
        #expect(together.logits().shape == [2, 3, 50, 96])
        for (index, prompt) in prompts.enumerated() {
            let alone = model.masks(embedding, [prompt], multimask: true).lowResolution
            let same = together.lowResolution.sliced(axis: 0, from: index, count: 1)
            BackboneFixtures.expectEqual(same, alone, "prompt \(index)")
        }
    }

    @Test("Sizes round half up and the long side fills the square")
    func frames() {
        #expect(SAMFrame(original: Size2D(height: 375, width: 500)).resized == Size2D(height: 768, width: 1024))
        #expect(SAMFrame(original: Size2D(height: 1, width: 3000)).resized == Size2D(height: 1, width: 1024))
    }
}
