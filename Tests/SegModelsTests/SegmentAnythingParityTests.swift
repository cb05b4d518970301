internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// SAM against transformers, with the original files' names (`Scripts/goldens/segment_anything.py`).
@Suite("Segment Anything against its reference")
struct SegmentAnythingParityTests {
    private static let configuration = SAMConfiguration(
        width: 32, depth: 3, heads: 2, globalBlocks: [1], imageSize: 96, window: 4, channels: 32, decoderHeads: 4,
        decoderHidden: 64, qualityHidden: 24)
    private static let photo = Size2D(height: 96, width: 96)

    private static func golden() throws -> StateDict {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        return try Safetensors.load(contentsOf: folder.appendingPathComponent("sam-small.safetensors"))
    }

    private static func weight(_ name: String, _ shape: Shape) -> Tensor {
        let numbers = BackboneFixtures.uniform(name, count: shape.elementCount)
        let strong = ["rel_pos", "gaussian", "point_embeddings"].contains { name.contains($0) }
        let isToken = ["pos_embed", "embed.weight", "token.weight", "tokens.weight"].contains { name.hasSuffix($0) }
        let values: [Double]
        if strong || isToken {
            values = numbers.map { 2 * $0 - 1 }
        } else if shape.rank > 1 {
            let bound = (3 / Double(shape.elementCount / shape[0])).squareRoot()
            values = numbers.map { (2 * $0 - 1) * bound }
        } else if name.hasSuffix("weight") {
            values = numbers.map { 0.9 + 0.2 * $0 }
        } else {
            values = numbers.map { 0.2 * ($0 - 0.5) }
        }
        return Tensor(values.map { Float($0) }, shape: shape)
    }

    private static func model() throws -> SegmentAnything {
        let model = SegmentAnything(ParameterScope(.loading), configuration)
        var state = StateDict()
        for (name, shape) in try TransformerFixtures.keys(of: golden()) { state[name] = weight(name, shape) }
        try model.load(state)
        return model
    }

    private static func formula(_ name: String, _ shape: Shape) -> Tensor {
        let values = BackboneFixtures.uniform(name, count: shape.elementCount).map { Float(2 * $0 - 1) }
        return Tensor(values, shape: shape)
    }

    private static func prompts() -> [(name: String, prompt: SAMPrompt)] {
        let points: [SAMPrompt.Point] = [.init(x: 10, y: 20), .init(x: 60, y: 40, isForeground: false)]
        let box = SAMPrompt.Box(left: 5, top: 8, right: 70, bottom: 50)
        let mask = formula("mask", [24, 24]) * 4
        return [
            ("points", SAMPrompt(points: points)), ("box", SAMPrompt(box: box)), ("both", SAMPrompt(points: points, box: box)),
            ("mask", SAMPrompt(points: points, mask: mask)),
        ]
    }

    @Test("The image's map")
    func encoder() throws {
        let map = try Self.model().encoded(Self.formula("image", [1, 96, 96, 3]))
        BackboneFixtures.expectEqual(map, try #require(Self.golden()["map"]), "map")
    }

    @Test("Masks and predicted IoUs of points, boxes, both and a mask")
    func masks() throws {
        let (model, golden) = (try Self.model(), try Self.golden())
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
        let (model, golden) = (try Self.model(), try Self.golden())
        model.unfreeze()
        let image = Self.formula("image", [1, 96, 96, 3]).requiringGradient()
        let (_, gradients) = valueAndGradient {
            let embedding = SAMEmbedding(map: model.encoded(image), frame: SAMFrame(original: Self.photo, side: 96))
            var loss = Tensor(0)
            for (name, prompt) in Self.prompts() {
                for (key, multimask) in [("\(name).one", false), ("\(name).three", true)] {
                    let found = model.masks(embedding, [prompt], multimask: multimask)
                    let weights = Self.formula(key, found.lowResolution.shape)
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
        let (model, golden) = (try Self.model(), try Self.golden())
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
