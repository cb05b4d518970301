internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// Stable Diffusion's networks, a few channels wide, with random weights.
enum TinyDiffusion {
    private static let merges = ["a n", "an d</w>", "p h", "o t", "ph ot", "phot o</w>", "c a", "ca t</w>"]

    static func model(controls: Int = 0, seed: UInt64 = 1) throws -> TextToImage {
        var text = CLIPTextTowerShape()
        (text.vocabulary, text.width, text.depth, text.heads, text.hidden) = (512 + merges.count + 2, 12, 1, 2, 24)
        let list = Data(("#version: 0.2\n" + merges.joined(separator: "\n") + "\n").utf8)
        let tokenizer = CLIPTokenizer(try BytePairVocabulary(merges: list, source: "test"))
        let tower = try CLIPTextTower(ParameterScope(seed: seed), text)
        var shape = UNetConfiguration()
        (shape.channels, shape.attends, shape.heads, shape.depths) = ([8, 8], [true, false], [2, 2], [1, 1])
        (shape.contextWidth, shape.groups) = (12, 4)
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
        return try TextToImage(
            prompts: PromptStates(tower: tower, tokenizer: tokenizer), denoiser: unet, autoencoder: autoencoder,
            controlNets: networks, schedule: SchedulerSettings(.ddim))
    }
}
