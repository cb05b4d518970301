internal import Foundation
internal import SegModels
internal import TensorCore

/// The tensors and shapes of a model before its networks are made: UNet and autoencoder under diffusers' names, the text tower under
/// Hugging Face's.
struct ModelParts {
    var unet: StateDict
    let unetShape: UNetConfiguration
    let autoencoder: StateDict
    let autoencoderShape: AutoencoderConfiguration
    var text: StateDict
    var textShape: CLIPTextTowerShape
    let tokenizer: CLIPTokenizer
    let padding: Int
    let schedule: SchedulerSettings
    var controlNets: [URL] = []

    /// Names of pipelines whose parts these are.
    private static let pipelines = [
        "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionControlNetPipeline",
        "StableDiffusionControlNetImg2ImgPipeline",
    ]

    /// A folder of diffusers.
    init(folder: URL, _ vocabulary: URL?) throws(TextToImageError) {
        let index = folder.appendingPathComponent("model_index.json")
        guard FileManager.default.fileExists(atPath: index.path) else {
            throw .file(
                folder.path, found: "a folder without model_index.json", expected: "a folder of diffusers",
                advice: "give the folder that holds unet, vae, text_encoder, tokenizer and scheduler")
        }
        var list = try DiffusersConfiguration(index)
        let name = try list.text("_class_name") ?? ""
        guard Self.pipelines.contains(name) else {
            throw .architecture(
                file: index.path, found: "a \(name)", expected: "one of " + Self.pipelines.joined(separator: ", "),
                advice: "give a model of Stable Diffusion 1, 2 or 3")
        }
        func config(_ part: String, _ file: String = "config.json") throws(TextToImageError) -> DiffusersConfiguration {
            try DiffusersConfiguration(folder.appendingPathComponent(part).appendingPathComponent(file))
        }
        func weights(_ part: String) throws(TextToImageError) -> StateDict {
            try ComponentWeights.open(folder: folder.appendingPathComponent(part))
        }
        var file = try config("unet")
        unetShape = try UNetConfiguration(&file)
        file = try config("vae")
        autoencoderShape = try AutoencoderConfiguration(&file)
        file = try config("text_encoder")
        textShape = try CLIPTextTowerShape(&file)
        file = try config("scheduler", "scheduler_config.json")
        var schedule = try SchedulerSettings(&file)
        // The reference's pipelines set both, whatever the file says.
        (schedule.offset, schedule.clipsTo) = (1, nil)
        self.schedule = schedule
        tokenizer = try Self.vocabulary(vocabulary ?? folder.appendingPathComponent("tokenizer"))
        padding = try Self.padding(folder.appendingPathComponent("tokenizer"), tokenizer)
        (unet, autoencoder, text) = (try weights("unet"), try weights("vae"), try weights("text_encoder"))
        controlNets = ["controlnet", "controlnet_1", "controlnet_2", "controlnet_3"]
            .map { folder.appendingPathComponent($0) }.filter { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// A file of the original repositories of versions 1 and 2.
    ///
    /// - Parameter prediction: what the UNet of version 2 answers.
    init(
        file: URL, _ state: StateDict, _ vocabulary: URL?, prediction: LatentPrediction?
    ) throws(TextToImageError) {
        guard OriginalCheckpoint.fits(state) else {
            throw .architecture(
                file: file.path, found: "tensors such as \(state.names.first ?? "none")",
                expected: "a checkpoint of Stable Diffusion (model.diffusion_model, first_stage_model, and text encoders)",
                advice: "give a whole model, or the folder of diffusers that the file belongs to")
        }
        let checkpoint = OriginalCheckpoint(state)
        (unet, unetShape) = try checkpoint.unet()
        (autoencoder, autoencoderShape) = try checkpoint.autoencoder()
        text = try checkpoint.text()
        textShape = try CLIPTextTowerShape(detecting: text)
        tokenizer = try Self.vocabulary(vocabulary ?? file.deletingLastPathComponent())
        padding = checkpoint.isSecond ? 0 : tokenizer.vocabulary.endToken
        var schedule = SchedulerSettings(.pndm)
        if checkpoint.isSecond {
            textShape.activation = .gelu
            guard let prediction else {
                throw .architecture(
                    file: file.path, found: "a file of Stable Diffusion 2, which does not say what its network answers",
                    expected: "that it is named: v_prediction for 2.0 and 2.1, epsilon for their \"base\" versions of 512 pixels",
                    advice: "name it (prediction, --prediction), or give the folder of diffusers, which says so")
            }
            schedule.prediction = prediction
        } else if let prediction {
            schedule.prediction = prediction
        }
        self.schedule = schedule
    }

    /// The text tower's tensors as the tower names them, without what it does not have.
    func canonicalText() throws(TextToImageError) -> StateDict {
        do throws(CheckpointError) {
            var state = try CLIPTextTower.canonical(text)
            if textShape.projection == nil { state["text_projection"] = nil }
            return state
        } catch {
            throw .weights(error)
        }
    }

    static func vocabulary(_ url: URL) throws(TextToImageError) -> CLIPTokenizer {
        do throws(TokenizerError) { return try CLIPTokenizer(contentsOf: url) } catch { throw .text(.vocabulary(error)) }
    }

    /// The token that fills up short prompts: the end's in version 1, "!" in version 2.
    static func padding(_ folder: URL, _ tokenizer: CLIPTokenizer) throws(TextToImageError) -> Int {
        let places = ["special_tokens_map.json", "tokenizer_config.json"].map { folder.appendingPathComponent($0) }
        for place in places where FileManager.default.fileExists(atPath: place.path) {
            let tree: ConfigurationTree
            do {
                tree = try ConfigurationTree(json: Data(contentsOf: place), source: place.path)
            } catch {
                throw .file(place.path, found: "\(error)", expected: "JSON", advice: "get the file again")
            }
            let stated = tree["pad_token"].flatMap { $0["content"] ?? $0 }
            switch stated {
            case .text("<|endoftext|>"): return tokenizer.vocabulary.endToken
            case .text("!"): return 0
            case nil, .null: continue
            case .some(let other):
                throw .configuration(
                    file: place.path, key: "pad_token", reason: "found \(other.words), expected <|endoftext|> or !")
            }
        }
        return tokenizer.vocabulary.endToken
    }
}

extension CLIPTextTowerShape {
    /// The shape that a text encoder's `config.json` describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        self.init()
        try file.require("model_type", .text("clip_text_model"))
        vocabulary = try file.whole("vocab_size", 49408)
        context = try file.whole("max_position_embeddings", 77)
        width = try file.whole("hidden_size", 512)
        depth = try file.whole("num_hidden_layers", 12)
        heads = try file.whole("num_attention_heads", 8)
        hidden = try file.whole("intermediate_size", 2048)
        activation = try file.choice("hidden_act", .quickGELU)
        epsilon = Float(try file.number("layer_norm_eps", 1e-5))
        // Everything else in transformers' files is about training, or about text that is written.
        do throws(TextEncoderError) { try validate(source: file.path) } catch { throw .text(error) }
    }

    /// The shape of which a file's tensors under Hugging Face's names are: heads have 64 numbers in CLIP's towers, and where that makes
    /// none, there is one.
    init(detecting state: StateDict) throws(TextToImageError) {
        self.init()
        let prefix = state.names.contains { $0.hasPrefix("text_model.") } ? "text_model." : ""
        let table = state.shape(of: prefix + "embeddings.token_embedding.weight")
        let places = state.shape(of: prefix + "embeddings.position_embedding.weight")
        let expansion = state.shape(of: prefix + "encoder.layers.0.mlp.fc1.weight")
        guard let table, let places, let expansion, [table, places, expansion].allSatisfy({ $0.rank == 2 }) else {
            throw .architecture(
                file: state.source, found: "a text tower of another kind", expected: "CLIP's, as in Stable Diffusion",
                advice: "give a model of version 1, 2 or 3")
        }
        (vocabulary, width, context, hidden) = (table[0], table[1], places[0], expansion[0])
        heads = max(width / 64, 1)
        depth = state.count { "\(prefix)encoder.layers.\($0).mlp.fc1.weight" }
        do throws(TextEncoderError) { try validate(source: state.source) } catch { throw .text(error) }
    }
}
