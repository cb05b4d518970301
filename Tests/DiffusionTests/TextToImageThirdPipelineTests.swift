internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Stable Diffusion 3 as a folder of diffusers: loaded, and its pictures against the reference's.
@Suite("Text-to-image of version 3")
struct TextToImageThirdPipelineTests {
    private typealias Fixtures = TextToImageFixtures

    private static func write(_ text: String, _ folder: URL, _ path: String) throws {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    private static func save(_ module: some Module, _ folder: URL, _ part: String) throws {
        Formulas.randomise(module)
        try Safetensors.save(module.stateDict(), to: folder.appendingPathComponent("\(part)/diffusion_pytorch_model.safetensors"))
    }

    private static func tower(_ width: Int, _ activation: String) -> String {
        """
        {"model_type": "clip_text_model", "hidden_size": \(width), "intermediate_size": 24, "num_attention_heads": 2,
        "num_hidden_layers": 3, "hidden_act": "\(activation)", "vocab_size": \(Fixtures.text.vocabulary),
        "projection_dim": \(width), "layer_norm_eps": 1e-05, "max_position_embeddings": 77}
        """
    }

    private static func writeTower(_ width: Int, _ activation: String, _ folder: URL, _ part: String) throws {
        try write(tower(width, activation), folder, "\(part)/config.json")
        var state = StateDict()
        let twelve = Fixtures.textState()
        for name in twelve.names {
            let own = try #require(twelve.shape(of: name))
            let shape = Shape(own.map { $0 == 12 ? width : $0 })
            state[name] = Formulas.weight(name, shape)
            let third = name.replacingOccurrences(of: "layers.1.", with: "layers.2.")
            state[third] = Formulas.weight(third, shape)
        }
        state["text_projection.weight"] = Formulas.weight("text_projection.weight", [width, width])
        try Safetensors.save(state, to: folder.appendingPathComponent("\(part)/model.safetensors"))
    }

    private static func writeFolder(_ folder: URL) throws {
        try write(#"{"_class_name": "StableDiffusion3Pipeline"}"#, folder, "model_index.json")
        try write(
            """
            {"_class_name": "SD3Transformer2DModel", "sample_size": 8, "patch_size": 2, "in_channels": 16, "out_channels": 16,
            "num_layers": 2, "attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": 32,
            "caption_projection_dim": 16, "pooled_projection_dim": 28, "pos_embed_max_size": 12, "qk_norm": "rms_norm",
            "dual_attention_layers": [0]}
            """, folder, "transformer/config.json")
        try write(
            """
            {"_class_name": "AutoencoderKL", "block_out_channels": [8, 8, 16, 16], "latent_channels": 16, "layers_per_block": 1,
            "norm_num_groups": 4, "scaling_factor": 1.5305, "shift_factor": 0.0609, "use_quant_conv": false,
            "use_post_quant_conv": false, "force_upcast": true}
            """, folder, "vae/config.json")
        try write(
            #"{"_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000, "shift": 3.0}"#, folder,
            "scheduler/scheduler_config.json")
        try write(Fixtures.mergesText, folder, "tokenizer/merges.txt")
        try write(#"{"pad_token": "<|endoftext|>"}"#, folder, "tokenizer/special_tokens_map.json")
        try write(#"{"pad_token": {"content": "!", "lstrip": false}}"#, folder, "tokenizer_2/special_tokens_map.json")
        try write(
            """
            {"model_type": "t5", "vocab_size": 410, "d_model": 32, "d_kv": 6, "d_ff": 20, "num_layers": 2, "num_heads": 4,
            "feed_forward_proj": "gated-gelu", "layer_norm_epsilon": 1e-06}
            """, folder, "text_encoder_3/config.json")
        try writeTower(12, "quick_gelu", folder, "text_encoder")
        try writeTower(16, "gelu", folder, "text_encoder_2")
        var shape = T5EncoderShape()
        (shape.vocabulary, shape.width, shape.headWidth, shape.heads, shape.hidden, shape.depth) = (410, 32, 6, 4, 20, 2)
        try save(try T5Encoder(ParameterScope(), shape), folder, "text_encoder_3")
        var configuration = MMDiTConfiguration()
        (configuration.depth, configuration.heads, configuration.headWidth) = (2, 2, 8)
        (configuration.contextWidth, configuration.pooledWidth, configuration.largestGrid) = (32, 28, 12)
        configuration.dualBlocks = [0]
        let network = try MMDiT(ParameterScope(), configuration)
        try save(network, folder, "transformer")
        var state = network.stateDict()
        let table = "pos_embed.pos_embed"
        state[table] = Formulas.signed(table, try #require(state.shape(of: table))) * 0.3
        try Safetensors.save(state, to: folder.appendingPathComponent("transformer/diffusion_pytorch_model.safetensors"))
        var own = Fixtures.autoencoder(channels: 16, hasQuantizers: false)
        (own.scale, own.shift) = (1.5305, 0.0609)
        try save(try LatentAutoencoder(ParameterScope(), own), folder, "vae")
        let model = try Data(contentsOf: try #require(sentencePieces))
        let place = folder.appendingPathComponent("tokenizer_3")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try model.write(to: place.appendingPathComponent("spiece.model"))
    }

    private static var sentencePieces: URL? {
        Bundle.module.url(forResource: "Goldens", withExtension: nil)?.appendingPathComponent("stable-diffusion-pieces.model")
    }

    @Test("From text and from a picture; bfloat16 is near")
    func pictures() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sd3-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for part in ["transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(part), withIntermediateDirectories: true)
        }
        try Self.writeFolder(folder)
        let golden = try Fixtures.golden("third")
        let model = try TextToImage.load(folder)
        var request = TextToImageRequest(
            "a photo of the cat", negativePrompt: "an ugly photo", size: [48, 64], steps: 6, guidance: 4.5, seed: 21)
        let result = try model.generate(request)
        expectEqual(result.latent, try golden.tensor("pipeline.text.latent"), "latent", .relativeNorm(1e-4))
        let pixels = try golden.tensor("pipeline.text.image").integers
        let worst = zip(result.image.pixels, pixels).map { abs(Int($0) - Int($1)) }.max()
        #expect(worst ?? 255 <= 1)
        let narrow = try TextToImage.load(folder, precision: .bfloat16).generate(request)
        expectEqual(narrow.latent, result.latent, "bfloat16", .relativeNorm(5e-2))
        (request.image, request.strength, request.size) = (Fixtures.picture("start", height: 48, width: 64), 0.7, nil)
        let second = try model.generate(request)
        expectEqual(second.latent, try golden.tensor("pipeline.image.latent"), "from a picture", .relativeNorm(1e-4))
        #expect(throws: TextToImageError.self) { try model.generate(TextToImageRequest("cat", size: [24, 32])) }
        #expect(throws: TextToImageError.self) { try model.generate(TextToImageRequest("cat", scheduler: .ddim)) }
        // Without T5 its states are zeros.
        try FileManager.default.removeItem(at: folder.appendingPathComponent("text_encoder_3"))
        #expect(try TextToImage.load(folder).generate(request).latent.scalars != second.latent.scalars)
    }
}
