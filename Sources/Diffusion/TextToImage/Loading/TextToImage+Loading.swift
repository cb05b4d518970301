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
    ///   - url: a folder of diffusers (with `model_index.json`), or one file of the original repositories, `.safetensors` or `.ckpt`.
    ///   - controlNets: folders of diffusers or files of the original repository, of version 1.0 or 1.1; for a model of version 3 folders of
    ///     diffusers' `SD3ControlNetModel`. Where none is named, those of the model's folder count: `controlnet`, `controlnet_1` and so on.
    ///   - loras: files that are merged into the weights, in this order.
    ///   - vocabulary: CLIP's vocabulary, and a folder of T5's `spiece.model`; by default the folder's, or what lies beside a single file.
    ///   - textEncoders: a folder with the text encoders of a single file of version 3 that does not hold them: `clip_l.safetensors`,
    ///     `clip_g.safetensors` and `t5xxl_fp16.safetensors`, or diffusers' folders. By default what is in the file counts, then
    ///     `text_encoders` beside it, then its own folder. Without T5 its states are zeros.
    ///   - prediction: what the network of a single file answers; files of version 2 do not say it themselves.
    ///   - precision: the type of activations of denoiser and ControlNets, and of version 3's text encoders. All else computes in float32.
    /// - Throws: ``TextToImageError``: a file that is missing, damaged or of another kind of model, a setting that is not supported.
    public static func load(
        _ url: URL, controlNets: [URL] = [], loras: [LoRAFile] = [], vocabulary: URL? = nil, textEncoders: URL? = nil,
        prediction: LatentPrediction? = nil, precision: Precision = .float32
    ) throws(TextToImageError) -> TextToImage {
        var adapters: [LoRA] = []
        for file in loras { adapters.append(try LoRA(ComponentWeights.open(file: file.url), strength: file.strength)) }
        let state = FileBytes.isFolder(url) ? nil : try ComponentWeights.open(file: url)
        if let third = try third(url, state, vocabulary, textEncoders, adapters) {
            try refuse(prediction?.rawValue, "prediction", url, "a single file of version 1 or 2")
            var controls: [MMDiTControlNet] = []
            for place in controlNets { controls.append(try transformerControlNet(place)) }
            return try third.model(controlNets: controls, precision: precision)
        }
        try refuse(textEncoders?.path, "textEncoders", url, "a single file of version 3")
        var parts: ModelParts
        if let state {
            parts = try ModelParts(file: url, state, vocabulary, prediction: prediction)
        } else {
            try refuse(prediction?.rawValue, "prediction", url, "a single file of version 1 or 2")
            parts = try ModelParts(folder: url, vocabulary)
        }
        for adapter in adapters {
            try adapter.require(
                [(LoRANames.unet, parts.unet), (.text(1), parts.text)], model: "this version of Stable Diffusion")
            try adapter.merge(into: &parts.unet, .unet)
            try adapter.merge(into: &parts.text, .text(1))
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
        for place in controlNets.isEmpty ? parts.controlNets : controlNets { controls.append(try controlNet(place)) }
        let prompts = try PromptStates(tower: tower, tokenizer: parts.tokenizer, padding: parts.padding)
        return try TextToImage(
            prompts: prompts, denoiser: unet, autoencoder: autoencoder, controlNets: controls, schedule: parts.schedule,
            precision: precision, name: url.lastPathComponent)
    }

    /// A model of version 3; nil for one that is none.
    private static func third(
        _ url: URL, _ state: StateDict?, _ vocabulary: URL?, _ textEncoders: URL?, _ adapters: [LoRA]
    ) throws(TextToImageError) -> ThirdModel? {
        if let state {
            guard ThirdCheckpoint.fits(state) else { return nil }
            return try ThirdModel(file: url, state, encoders: textEncoders, vocabulary, adapters)
        }
        guard try ThirdModel.fits(url) else { return nil }
        try refuse(textEncoders?.path, "textEncoders", url, "a single file of version 3")
        return try ThirdModel(folder: url, vocabulary, adapters)
    }

    /// Refuses what belongs to another kind of model.
    private static func refuse(
        _ value: String?, _ key: String, _ url: URL, _ owner: String
    ) throws(TextToImageError) {
        guard let value else { return }
        throw .request(key: key, found: "\(value) for \(url.path)", expected: "none, as it belongs to \(owner)")
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

    /// Loads a ControlNet of version 3: a folder of diffusers.
    ///
    /// - Throws: ``TextToImageError``.
    public static func transformerControlNet(_ url: URL) throws(TextToImageError) -> MMDiTControlNet {
        guard FileBytes.isFolder(url) else {
            throw .file(
                url.path, found: "no folder", expected: "a ControlNet of Stable Diffusion 3 as a folder of diffusers",
                advice: "give the folder with config.json (SD3ControlNetModel) and diffusion_pytorch_model.safetensors")
        }
        var file = try DiffusersConfiguration(url.appendingPathComponent("config.json"))
        let network = try MMDiTControlNet(ParameterScope(.loading), MMDiTControlNetConfiguration(&file))
        try ComponentWeights.load(ComponentWeights.open(folder: url), into: network)
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
