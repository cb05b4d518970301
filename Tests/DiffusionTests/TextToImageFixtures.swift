internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// The tiny models of `Scripts/goldens/stable_diffusion.py`, with weights from formulas, and its results.
enum TextToImageFixtures {
    static func golden(_ name: String) throws -> Goldens {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        return try Goldens(contentsOf: folder.appendingPathComponent("stable-diffusion-\(name).safetensors"))
    }

    static var unet: UNetConfiguration {
        var configuration = UNetConfiguration()
        configuration.channels = [8, 16, 16]
        configuration.attends = [true, true, false]
        configuration.heads = [2, 2, 2]
        configuration.depths = [1, 1, 1]
        configuration.contextWidth = 12
        configuration.groups = 4
        return configuration
    }

    static var control: ControlNetConfiguration {
        var configuration = ControlNetConfiguration()
        configuration.unet = unet
        configuration.hintChannels = [4, 6, 8, 10]
        return configuration
    }

    static func autoencoder(channels: Int = 4, hasQuantizers: Bool = true) -> AutoencoderConfiguration {
        var configuration = AutoencoderConfiguration()
        configuration.channels = [8, 8, 16, 16]
        configuration.blocks = 1
        configuration.groups = 4
        configuration.latentChannels = channels
        (configuration.hasQuantizer, configuration.hasDequantizer) = (hasQuantizers, hasQuantizers)
        return configuration
    }

    static var text: CLIPTextTowerShape {
        var shape = CLIPTextTowerShape()
        (shape.vocabulary, shape.width, shape.depth, shape.heads, shape.hidden) = (512 + merges.count + 2, 12, 2, 2, 24)
        return shape
    }

    static let merges = [
        "a n", "an d</w>", "p h", "o t", "ph ot", "phot o</w>", "o f</w>", "c a", "ca t</w>", "t h", "th e</w>", "r e",
    ]

    static var mergesText: String { "#version: 0.2\n" + merges.joined(separator: "\n") + "\n" }

    /// Weights of Hugging Face's names, by the formula of these names.
    static func textState() -> StateDict {
        let shape = text
        var shapes: [String: Shape] = [
            "embeddings.token_embedding.weight": [shape.vocabulary, shape.width],
            "embeddings.position_embedding.weight": [shape.context, shape.width],
            "final_layer_norm.weight": [shape.width], "final_layer_norm.bias": [shape.width],
        ]
        for layer in 0..<shape.depth {
            let prefix = "encoder.layers.\(layer)."
            for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
                shapes["\(prefix)self_attn.\(name).weight"] = [shape.width, shape.width]
                shapes["\(prefix)self_attn.\(name).bias"] = [shape.width]
            }
            for name in ["layer_norm1", "layer_norm2"] {
                shapes["\(prefix)\(name).weight"] = [shape.width]
                shapes["\(prefix)\(name).bias"] = [shape.width]
            }
            shapes["\(prefix)mlp.fc1.weight"] = [shape.hidden, shape.width]
            shapes["\(prefix)mlp.fc1.bias"] = [shape.hidden]
            shapes["\(prefix)mlp.fc2.weight"] = [shape.width, shape.hidden]
            shapes["\(prefix)mlp.fc2.bias"] = [shape.width]
        }
        var state = StateDict()
        for (name, shape) in shapes { state["text_model." + name] = Formulas.weight("text_model." + name, shape) }
        return state
    }

    /// A tiny model; `precision` is that of denoiser and ControlNets.
    static func model(
        controls: Int = 0, schedule: SchedulerSettings = SchedulerSettings(.ddim), precision: Precision = .float32
    ) throws -> TextToImage {
        let tower = try CLIPTextTower(ParameterScope(), text)
        try tower.load(try CLIPTextTower.canonical(textState()))
        let tokenizer = CLIPTokenizer(try BytePairVocabulary(merges: Data(mergesText.utf8), source: "test"))
        let unet = try LatentUNet(ParameterScope(), unet)
        let autoencoder = try LatentAutoencoder(ParameterScope(), autoencoder())
        Formulas.randomise(unet)
        Formulas.randomise(autoencoder)
        let networks = try (0..<controls).map { index in
            let network = try ControlNet(ParameterScope(), control)
            Formulas.randomise(network)
            if index > 0 {
                for parameter in network.parameters { parameter.value = withoutGradients { parameter.value * 0.5 } }
            }
            return network
        }
        return try TextToImage(
            prompts: PromptStates(tower: tower, tokenizer: tokenizer), denoiser: unet, autoencoder: autoencoder,
            controlNets: networks, schedule: schedule, precision: precision)
    }

    /// A picture of noise.
    static func picture(_ name: String, height: Int, width: Int) -> RGBImage {
        let pixels = Formulas.uniform(name, count: height * width * 3).map { UInt8($0 * 256) }
        return RGBImage(height: height, width: width, pixels: pixels)
    }

    /// Checks the gradients of all weights by the two numbers that the golden has of each.
    static func expectGradients(
        _ module: some Module, _ gradients: Gradients, _ golden: Goldens, _ prefix: String
    ) throws {
        for parameter in module.parameters where parameter.isTrainable {
            let gradient = try #require(gradients[parameter], "\(parameter.path) has no gradient").scalars
            let known = Formulas.uniform("probe." + parameter.path, count: gradient.count).map { 2 * $0 - 1 }
            let product = zip(gradient, known).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let expected = try golden.tensor("\(prefix).gradient.\(parameter.path)").scalars
            let tolerance = 1e-3 * Double(abs(expected[1])) + 1e-8
            #expect(abs(product - Double(expected[0])) < 3 * tolerance, "\(parameter.path): \(product), expected \(expected[0])")
            #expect(abs(norm - Double(expected[1])) < tolerance, "\(parameter.path): norm \(norm), expected \(expected[1])")
        }
    }
}

/// Compares a tensor with its reference.
func expectEqual(
    _ actual: Tensor, _ expected: Tensor, _ name: String, _ tolerance: Tolerance = .float32,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let problem = mismatch(actual, expected, tolerance)
    #expect(problem == nil, "\(name): \(problem ?? "")", sourceLocation: sourceLocation)
}
