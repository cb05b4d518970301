internal import Datasets
public import Foundation
internal import SegModels
public import TensorCore

/// A LoRA file that is merged into a model's weights when they are loaded.
public struct LoRAFile: Sendable, Hashable {
    /// The file.
    public var url: URL
    /// What its changes are multiplied by.
    public var strength: Float

    /// Names a file.
    public init(_ url: URL, strength: Float = 1) { (self.url, self.strength) = (url, strength) }
}

extension TextToImage {
    /// Loads a model of Stable Diffusion 1, 2 or 3.
    ///
    /// Weights stay in the file's pages and in its type (float32, float16 or bfloat16) until kernels convert them.
    ///
    /// - Parameters:
    ///   - url: a folder of diffusers (with `model_index.json`), or one file of the original repository, `.safetensors` or `.ckpt`,
    ///     of version 1.
    ///   - controlNets: folders of diffusers or files of the original repository, of version 1.0 or 1.1.
    ///   - loras: files that are merged into the weights, in this order.
    ///   - vocabulary: CLIP's vocabulary; by default the folder's, or the one beside a single file.
    ///   - precision: the type of activations of UNet and ControlNets. The autoencoder and the text tower compute in float32.
    /// - Throws: ``TextToImageError``: a file that is missing, damaged or of another kind of model, a setting that is not supported.
    public static func load(
        _ url: URL, controlNets: [URL] = [], loras: [LoRAFile] = [], vocabulary: URL? = nil, precision: Precision = .float32
    ) throws(TextToImageError) -> TextToImage {
        if FileBytes.isFolder(url), try ThirdModel.fits(url) {
            guard loras.isEmpty, controlNets.isEmpty else {
                throw .architecture(
                    file: url.path, found: "ControlNets or LoRA files for a model of version 3",
                    expected: "neither, as those of version 3 are not read", advice: "leave them out")
            }
            return try ThirdModel(url, vocabulary).model(precision: precision)
        }
        var parts = FileBytes.isFolder(url) ? try ModelParts(folder: url, vocabulary) : try ModelParts(file: url, vocabulary)
        for lora in loras {
            let adapter = try LoRA(ComponentWeights.open(file: lora.url))
            try adapter.merge(into: &parts.unet, &parts.text, strength: lora.strength)
        }
        let unet = try LatentUNet(ParameterScope(.loading), parts.unetShape)
        try ComponentWeights.load(parts.unet, into: unet)
        let autoencoder = try LatentAutoencoder(ParameterScope(.loading), parts.autoencoderShape)
        try ComponentWeights.load(ComponentWeights.autoencoder(parts.autoencoder), into: autoencoder)
        let tower: CLIPTextTower
        do throws(TextEncoderError) {
            tower = try CLIPTextTower(ParameterScope(.loading), parts.textShape)
        } catch { throw .text(error) }
        try ComponentWeights.load(parts.canonicalText(), into: tower)
        var controls: [ControlNet] = []
        for place in parts.controlNets + controlNets { controls.append(try controlNet(place)) }
        let prompts = try PromptStates(tower: tower, tokenizer: parts.tokenizer, padding: parts.padding)
        return try TextToImage(
            prompts: prompts, denoiser: unet, autoencoder: autoencoder, controlNets: controls, schedule: parts.schedule,
            precision: precision, name: url.lastPathComponent)
    }

    /// Loads a ControlNet: a folder of diffusers, or a file of the original repository that may hold a whole model beside it.
    ///
    /// - Throws: ``TextToImageError``.
    public static func controlNet(_ url: URL) throws(TextToImageError) -> ControlNet {
        let (state, shape): (StateDict, ControlNetConfiguration)
        if FileBytes.isFolder(url) {
            var file = try DiffusersConfiguration(url.appendingPathComponent("config.json"))
            shape = try ControlNetConfiguration(&file)
            state = try ComponentWeights.open(folder: url)
        } else {
            let found = try ComponentWeights.open(file: url)
            (state, shape) = try OriginalCheckpoint(found).controlNet()
        }
        let network = try ControlNet(ParameterScope(.loading), shape)
        try ComponentWeights.load(state, into: network)
        return network
    }

    /// Loads an autoencoder: the folder `vae` of a folder of diffusers.
    ///
    /// - Throws: ``TextToImageError``.
    public static func autoencoder(_ url: URL) throws(TextToImageError) -> LatentAutoencoder {
        var file = try DiffusersConfiguration(url.appendingPathComponent("config.json"))
        let network = try LatentAutoencoder(ParameterScope(.loading), AutoencoderConfiguration(&file))
        try ComponentWeights.load(ComponentWeights.autoencoder(ComponentWeights.open(folder: url)), into: network)
        return network
    }
}
