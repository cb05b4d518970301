internal import Foundation
internal import SegModels
internal import TensorCore

/// A folder of diffusers that holds Stable Diffusion 3 or 3.5: transformer, 16-channel autoencoder, two CLIP towers and T5.
///
/// The denoiser and the autoencoder are opened at once, the text encoders for every prompt.
struct ThirdModel {
    private let folder: URL
    private let transformer: MMDiTConfiguration
    private let autoencoder: AutoencoderConfiguration
    private let towers: [CLIPTextTowerShape]
    private let t5: T5EncoderShape?
    private let schedule: SchedulerSettings
    private let vocabulary: URL

    private static let pipelines = ["StableDiffusion3Pipeline", "StableDiffusion3Img2ImgPipeline"]

    /// Whether a folder holds such a model.
    static func fits(_ folder: URL) throws(TextToImageError) -> Bool {
        let index = folder.appendingPathComponent("model_index.json")
        guard FileManager.default.fileExists(atPath: index.path) else { return false }
        var list = try DiffusersConfiguration(index)
        return pipelines.contains(try list.text("_class_name") ?? "")
    }

    init(_ folder: URL, _ vocabulary: URL?) throws(TextToImageError) {
        self.folder = folder
        self.vocabulary = vocabulary ?? folder.appendingPathComponent("tokenizer")
        func config(_ part: String, _ file: String = "config.json") throws(TextToImageError) -> DiffusersConfiguration {
            try DiffusersConfiguration(folder.appendingPathComponent(part).appendingPathComponent(file))
        }
        var file = try config("transformer")
        transformer = try MMDiTConfiguration(&file)
        file = try config("vae")
        autoencoder = try AutoencoderConfiguration(&file)
        file = try config("scheduler", "scheduler_config.json")
        schedule = try SchedulerSettings(&file)
        guard schedule.kind == .flowEuler else {
            throw .configuration(
                file: file.path, key: "_class_name",
                reason: "found \(schedule.kind.rawValue), expected FlowMatchEulerDiscreteScheduler")
        }
        var towers: [CLIPTextTowerShape] = []
        for part in ["text_encoder", "text_encoder_2"] {
            file = try config(part)
            let projection = try file.whole("projection_dim", 512)
            var shape = try CLIPTextTowerShape(&file)
            shape.projection = projection
            towers.append(shape)
        }
        self.towers = towers
        let place = folder.appendingPathComponent("text_encoder_3")
        if FileManager.default.fileExists(atPath: place.path) {
            file = try config("text_encoder_3")
            t5 = try T5EncoderShape(&file)
        } else {
            t5 = nil
        }
        let width = towers.reduce(0) { $0 + $1.width }
        let pooled = towers.reduce(0) { $0 + ($1.projection ?? 0) }
        guard width <= transformer.contextWidth, pooled == transformer.pooledWidth,
            t5.map({ $0.width == transformer.contextWidth }) ?? true
        else {
            throw .architecture(
                file: folder.path, found: "text encoders of widths \(towers.map(\.width)) and \(t5?.width ?? 0)",
                expected: "those of a transformer that reads \(transformer.contextWidth) and \(transformer.pooledWidth)",
                advice: "give parts of one model")
        }
    }

    /// The model.
    func model(precision: Precision) throws(TextToImageError) -> TextToImage {
        let denoiser = try MMDiT(ParameterScope(.loading), transformer)
        try ComponentWeights.load(weights("transformer"), into: denoiser)
        let network = try LatentAutoencoder(ParameterScope(.loading), autoencoder)
        try ComponentWeights.load(ComponentWeights.autoencoder(weights("vae")), into: network)
        // What is wrong with the encoders is said now, not with the first prompt.
        let encoders = try encoders()
        let modules: [any Module] = encoders.towers + [encoders.t5].compactMap { $0 }
        let own = self
        let prompts = ThreefoldPrompts(
            contextWidth: transformer.contextWidth, precision: precision, bytes: modules.reduce(0) { $0 + $1.byteCount }
        ) { try own.encoders() }
        return try TextToImage(
            prompts: prompts, denoiser: denoiser, autoencoder: network, schedule: schedule, precision: precision,
            name: folder.lastPathComponent)
    }

    private func weights(_ part: String) throws(TextToImageError) -> StateDict {
        try ComponentWeights.open(folder: folder.appendingPathComponent(part))
    }

    private func encoders() throws(TextToImageError) -> ThreefoldPrompts.Encoders {
        let tokenizer = try ModelParts.vocabulary(vocabulary)
        let paddings = [
            try ModelParts.padding(folder.appendingPathComponent("tokenizer"), tokenizer),
            try ModelParts.padding(folder.appendingPathComponent("tokenizer_2"), tokenizer),
        ]
        var own: [CLIPTextTower] = []
        for (part, shape) in zip(["text_encoder", "text_encoder_2"], towers) {
            guard shape.vocabulary == tokenizer.vocabulary.count else {
                throw .text(
                    .vocabulary(
                        .size(source: tokenizer.vocabulary.source, found: tokenizer.vocabulary.count, expected: shape.vocabulary))
                )
            }
            do {
                let tower = try CLIPTextTower(ParameterScope(.loading), shape)
                try ComponentWeights.load(CLIPTextTower.canonical(weights(part)), into: tower)
                own.append(tower)
            } catch let error as TextEncoderError { throw .text(error) } catch let error as CheckpointError {
                throw .weights(error)
            } catch let error as TextToImageError { throw error } catch {
                throw .file(folder.path, found: "\(error)", expected: "a text tower", advice: "get the whole folder")
            }
        }
        guard let t5 else { return ThreefoldPrompts.Encoders(towers: own, tokenizer: tokenizer, paddings: paddings) }
        let place = folder.appendingPathComponent("tokenizer_3").appendingPathComponent("spiece.model")
        let pieces: SentencePieceTokenizer
        let encoder: T5Encoder
        do throws(TokenizerError) { pieces = try SentencePieceTokenizer(contentsOf: place) } catch {
            throw .text(.vocabulary(error))
        }
        guard pieces.count <= t5.vocabulary else {
            throw .text(.vocabulary(.size(source: place.path, found: pieces.count, expected: t5.vocabulary)))
        }
        do throws(TextEncoderError) { encoder = try T5Encoder(ParameterScope(.loading), t5) } catch { throw .text(error) }
        try ComponentWeights.load(T5Encoder.canonical(weights("text_encoder_3")), into: encoder)
        return ThreefoldPrompts.Encoders(
            towers: own, tokenizer: tokenizer, paddings: paddings, t5: encoder, pieces: pieces)
    }
}

extension T5EncoderShape {
    /// The shape that a T5 encoder's `config.json` describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        self.init()
        try file.require("model_type", .text("t5"))
        vocabulary = try file.whole("vocab_size", 32128)
        width = try file.whole("d_model", 512)
        headWidth = try file.whole("d_kv", 64)
        heads = try file.whole("num_heads", 8)
        hidden = try file.whole("d_ff", 2048)
        depth = try file.whole("num_layers", 6)
        buckets = try file.whole("relative_attention_num_buckets", 32)
        farthest = try file.whole("relative_attention_max_distance", 128)
        epsilon = Float(try file.number("layer_norm_epsilon", 1e-6))
        guard try file.text("feed_forward_proj") == "gated-gelu" else {
            throw .configuration(file: file.path, key: "feed_forward_proj", reason: "found another one, expected \"gated-gelu\"")
        }
        // Everything else in transformers' files is about training, or about text that is written.
        do throws(TextEncoderError) { try validate(source: file.path) } catch { throw .text(error) }
    }
}
