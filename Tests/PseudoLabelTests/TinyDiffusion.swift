internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// Stable Diffusion's networks, a few channels wide, with random weights.
enum TinyDiffusion {
    private static let merges = ["a n", "an d</w>", "p h", "o t", "ph ot", "phot o</w>", "c a", "ca t</w>"]

    static func model(
        controls: Int = 0, seed: UInt64 = 1, prediction: LatentPrediction = .noise, sampleSize: Size2D? = nil
    ) throws -> TextToImage {
        var text = CLIPTextTowerShape()
        (text.vocabulary, text.width, text.depth, text.heads, text.hidden) = (512 + merges.count + 2, 12, 1, 2, 24)
        let tokenizer = try tokenizer()
        let tower = try CLIPTextTower(ParameterScope(seed: seed), text)
        var shape = UNetConfiguration()
        (shape.channels, shape.attends, shape.heads, shape.depths) = ([8, 8], [true, false], [2, 2], [1, 1])
        (shape.contextWidth, shape.groups, shape.sampleSize) = (12, 4, sampleSize)
        let unet = try LatentUNet(ParameterScope(seed: seed + 1), shape)
        var coder = AutoencoderConfiguration()
        (coder.channels, coder.blocks, coder.groups, coder.latentChannels) = ([4, 4, 8, 8], 1, 4, 4)
        let autoencoder = try LatentAutoencoder(ParameterScope(seed: seed + 2), coder)
        let networks = try (0..<controls).map { index in
            var control = ControlNetConfiguration()
            (control.unet, control.hintChannels) = (shape, [4, 4, 4, 4])
            let network = try ControlNet(ParameterScope(seed: seed + 3 + UInt64(index)), control)
            // Fresh ones add nothing: the layers that end them begin at zero.
            for (number, parameter) in network.parameters.enumerated() {
                parameter.value = withoutGradients { parameter.value + Float(0.01 * Double(number % 7 - 3)) }
            }
            return network
        }
        var schedule = SchedulerSettings(.ddim)
        schedule.prediction = prediction
        return try TextToImage(
            prompts: PromptStates(tower: tower, tokenizer: tokenizer), denoiser: unet, autoencoder: autoencoder,
            controlNets: networks, schedule: schedule)
    }

    private static var mergesText: String { "#version: 0.2\n" + merges.joined(separator: "\n") + "\n" }

    private static func tokenizer() throws -> CLIPTokenizer {
        CLIPTokenizer(try BytePairVocabulary(merges: mergesText.utf8, source: "test"))
    }

    /// Writes a model of version 1 as a folder of diffusers, its ControlNets in it.
    static func write(_ model: TextToImage, to url: URL) throws {
        let folder = DiffusersFolder(url)
        try folder.write(model.autoencoder)
        if let unet = model.unet, let prompts = model.prompts as? PromptStates {
            try folder.write(unet, tower: prompts.tower, merges: mergesText, schedule: model.schedule)
        }
        for (index, network) in model.controlNets.enumerated() {
            try folder.write(network, name: index == 0 ? "controlnet" : "controlnet_\(index)")
        }
    }

    /// The same of version 3, without T5; its text encoders are made for every prompt, from a seed of their own.
    static func third(
        controls: Int = 0, seed: UInt64 = 1, textSeed: UInt64 = 1, zeroesVector: Bool = true
    ) throws -> TextToImage {
        var shape = MMDiTConfiguration()
        (shape.latentChannels, shape.depth, shape.heads, shape.headWidth) = (4, 2, 2, 8)
        (shape.contextWidth, shape.pooledWidth, shape.largestGrid, shape.dualBlocks) = (32, 28, 12, [0])
        let transformer = try MMDiT(ParameterScope(seed: seed), shape)
        shake(transformer)
        var coder = AutoencoderConfiguration()
        (coder.channels, coder.blocks, coder.groups) = ([4, 4, 8, 8], 1, 4)
        (coder.latentChannels, coder.scale, coder.shift) = (4, 1.5305, 0.0609)
        let autoencoder = try LatentAutoencoder(ParameterScope(seed: seed + 2), coder)
        let networks = try (0..<controls).map { index in
            var control = MMDiTControlNetConfiguration()
            (control.transformer, control.zeroesVector) = (shape, zeroesVector)
            control.transformer.depth = 1
            let network = try MMDiTControlNet(ParameterScope(seed: seed + 3 + UInt64(index)), control)
            shake(network)
            return network
        }
        let prompts = ThreefoldPrompts(contextWidth: shape.contextWidth, length: 4) {
            let towers = try [12, 16].map { width in
                var text = CLIPTextTowerShape()
                (text.vocabulary, text.width, text.depth, text.heads) = (512 + merges.count + 2, width, 2, 2)
                (text.hidden, text.projection) = (24, width)
                return try CLIPTextTower(ParameterScope(seed: textSeed), text)
            }
            let tokenizer = try tokenizer()
            return ThreefoldPrompts.Encoders(
                towers: towers, tokenizer: tokenizer, paddings: [tokenizer.vocabulary.endToken, 0])
        }
        return try TextToImage(
            prompts: prompts, denoiser: transformer, autoencoder: autoencoder, transformerControlNets: networks,
            schedule: SchedulerSettings(.flowEuler))
    }

    /// Moves every number away from where networks begin, where ControlNets and modulations do nothing.
    private static func shake(_ network: some Module) {
        for (number, parameter) in network.parameters.enumerated() {
            let moves = (0..<parameter.shape.elementCount).map { 0.2 * sin(Float($0 * 7 + number * 31)) }
            parameter.value = withoutGradients { parameter.value + Tensor(moves, shape: parameter.shape) }
        }
    }
}
