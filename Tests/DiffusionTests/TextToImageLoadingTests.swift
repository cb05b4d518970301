internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Folders of diffusers, single files of the original repository, ControlNets and LoRA files.
@Suite("Text-to-image loading")
struct TextToImageLoadingTests {
    private typealias Fixtures = TextToImageFixtures

    /// A folder that is gone after the test.
    private static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private static func write(_ text: String, _ folder: URL, _ path: String) throws {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    private static func save(_ state: StateDict, _ folder: URL, _ path: String, _ dtype: DType = .float32) throws {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        var own = StateDict()
        for name in state.names { own[name] = state[name]?.converted(to: dtype) }
        try Safetensors.save(own, to: file)
    }

    private static let unetConfig = """
        {"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.6.0", "act_fn": "silu", "attention_head_dim": 2,
        "block_out_channels": [8, 16, 16], "center_input_sample": false, "cross_attention_dim": 12,
        "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"], "downsample_padding": 1,
        "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 4, "layers_per_block": 2, "mid_block_scale_factor": 1,
        "norm_eps": 1e-05, "norm_num_groups": 4, "out_channels": 4, "sample_size": 64, "encoder_hid_dim": null,
        "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]}
        """
    private static let controlConfig = """
        {"_class_name": "ControlNetModel", "attention_head_dim": 2, "block_out_channels": [8, 16, 16],
        "conditioning_embedding_out_channels": [4, 6, 8, 10], "controlnet_conditioning_channel_order": "rgb",
        "cross_attention_dim": 12, "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
        "in_channels": 4, "layers_per_block": 2, "norm_num_groups": 4, "global_pool_conditions": false}
        """
    private static let autoencoderConfig = """
        {"_class_name": "AutoencoderKL", "act_fn": "silu", "block_out_channels": [8, 8, 16, 16], "in_channels": 3,
        "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
        "latent_channels": 4, "layers_per_block": 1, "norm_num_groups": 4, "out_channels": 3, "sample_size": 512,
        "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]}
        """
    private static var textConfig: String {
        """
        {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "hidden_size": 12, "intermediate_size": 24,
        "num_attention_heads": 2, "num_hidden_layers": 2, "hidden_act": "quick_gelu", "max_position_embeddings": 77,
        "vocab_size": \(Fixtures.text.vocabulary), "projection_dim": 12, "layer_norm_eps": 1e-05}
        """
    }
    private static let schedulerConfig = """
        {"_class_name": "PNDMScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
        "num_train_timesteps": 1000, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1,
        "trained_betas": null, "clip_sample": false}
        """

    /// Writes the tiny model as a folder; the autoencoder's attention has the names of earlier files.
    static func writeFolder(_ folder: URL, _ dtype: DType = .float32) throws {
        let model = try Fixtures.model(controls: 1)
        try write(#"{"_class_name": "StableDiffusionPipeline"}"#, folder, "model_index.json")
        try write(unetConfig, folder, "unet/config.json")
        try write(autoencoderConfig, folder, "vae/config.json")
        try write(textConfig, folder, "text_encoder/config.json")
        try write(schedulerConfig, folder, "scheduler/scheduler_config.json")
        try write(Fixtures.mergesText, folder, "tokenizer/merges.txt")
        try write(#"{"pad_token": "<|endoftext|>"}"#, folder, "tokenizer/special_tokens_map.json")
        try save(model.denoiser.stateDict(), folder, "unet/diffusion_pytorch_model.safetensors", dtype)
        var older = StateDict()
        for (name, tensor) in model.autoencoder.stateDict().pairs {
            var name = name
            for (new, old) in [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")] {
                name = name.replacingOccurrences(of: "attentions.0.\(new).", with: "attentions.0.\(old).")
            }
            older[name] = tensor
        }
        try save(older, folder, "vae/diffusion_pytorch_model.safetensors", dtype)
        try save(Fixtures.textState(), folder, "text_encoder/model.safetensors", dtype)
        try write(controlConfig, folder, "scribble/config.json")
        try save(model.controlNets[0].stateDict(), folder, "scribble/diffusion_pytorch_model.safetensors", dtype)
    }

    @Test("A folder of diffusers gives the reference's pictures, in every type of numbers")
    func folder() throws {
        try Self.withFolder { folder in
            try Self.writeFolder(folder)
            let golden = try Fixtures.golden("pipelines")
            let model = try TextToImage.load(folder, controlNets: [folder.appendingPathComponent("scribble")])
            #expect(model.schedule.kind == .pndm && model.schedule.offset == 1)
            let prompt = "a photo of the cat and the cat"
            let request = TextToImageRequest(
                prompt, negativePrompt: "re: an ugly photo", size: [48, 64], steps: 5, guidance: 6, seed: 7)
            let latent = try golden.tensor("text.pndm.latent")
            expectEqual(try model.generate(request).latent, latent, "latent", .relativeNorm(2e-3))
            for dtype in [DType.float16, .bfloat16] {
                try Self.writeFolder(folder, dtype)
                let other = try TextToImage.load(folder)
                #expect(other.denoiser.parameters.allSatisfy { $0.dtype == dtype })
                expectEqual(try other.generate(request).latent, latent, "\(dtype)", .relativeNorm(0.1))
            }
        }
    }

    @Test("Files of the original repository: every name finds its place")
    func original() throws {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        let text = try String(contentsOf: folder.appendingPathComponent("stable-diffusion-names.txt"), encoding: .utf8)
        var state = StateDict()
        var expected: [String: [String: Tensor]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            let shape = Shape(parts[2].split(separator: "x").compactMap { Int($0) })
            let part = String(parts[0].prefix { $0 != "." })
            let tensor = Formulas.weight(part + parts[1], shape)
            state[parts[0]] = tensor
            expected[part, default: [:]][parts[1]] = tensor
        }
        // The wide names' context has 64 numbers, so has the tower.
        for (name, tensor) in Self.wideText().pairs { state["cond_stage_model.transformer." + name] = tensor }
        state["model_ema.decay"] = Tensor(1)
        state["alphas_cumprod"] = Tensor(zeros: [1000])
        try Self.withFolder { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            try Safetensors.save(state, to: file)
            try Self.write(Fixtures.mergesText, folder, "merges.txt")
            let model = try TextToImage.load(file, controlNets: [file])
            let modules: [(String, any Module)] = [
                ("model", model.denoiser), ("first_stage_model", model.autoencoder), ("control_model", model.controlNets[0]),
            ]
            for (part, module) in modules {
                let own = module.stateDict()
                let wanted = try #require(expected[part])
                #expect(Set(own.names) == Set(wanted.keys), "\(part)")
                for (name, tensor) in wanted {
                    #expect(own[name]?.scalars == tensor.scalars, "\(part) \(name)")
                }
            }
            let shape = try #require(model.unet).configuration
            #expect(shape.channels == [32, 32, 64, 64] && shape.blocks == 2)
            let result = try model.generate(
                TextToImageRequest(
                    "the cat", size: [16, 16], steps: 1, controls: [.init(Fixtures.picture("c", height: 16, width: 16))]))
            #expect(result.image.width == 16)
        }
    }

    private static func wideText() -> StateDict {
        var state = StateDict()
        for name in Fixtures.textState().names {
            guard let shape = Fixtures.textState().shape(of: name) else { continue }
            let wide = Shape(shape.map { $0 == 12 ? 64 : $0 == 24 ? 128 : $0 })
            state[name] = Formulas.weight(name, wide)
        }
        return state
    }

    @Test("LoRA files of three spellings change the weights as diffusers does")
    func lora() throws {
        let golden = try Fixtures.golden("pipelines")
        try Self.withFolder { folder in
            try Self.writeFolder(folder)
            let plain = try TextToImage.load(folder)
            let layers = plain.denoiser.stateDict().names.filter { name in
                [".attn1.to_q.weight", ".attn2.to_v.weight", ".attn1.to_out.0.weight"].contains { name.hasSuffix($0) }
            }.map { String($0.dropLast(7)) }
            let spellings: [(String, (String) -> (String, String))] = [
                ("peft", { ("unet.\($0).lora_A.weight", "unet.\($0).lora_B.weight") }),
                (
                    "older",
                    { layer in
                        let parts = layer.components(separatedBy: ".to_")
                        let own = "unet.\(parts[0]).processor.to_\(parts[1].replacingOccurrences(of: "out.0", with: "out"))_lora"
                        return (own + ".down.weight", own + ".up.weight")
                    }
                ),
                (
                    "kohya",
                    { layer in
                        let own = "lora_unet_" + layer.replacingOccurrences(of: ".", with: "_")
                        return (own + ".lora_down.weight", own + ".lora_up.weight")
                    }
                ),
            ]
            for (spelling, names) in spellings {
                var state = StateDict()
                for layer in layers {
                    let shape = try #require(plain.denoiser.stateDict().shape(of: layer + ".weight"))
                    let (down, up) = names(layer)
                    state[down] = Formulas.signed(layer + ".A", [3, shape[1]])
                    state[up] = Formulas.signed(layer + ".B", [shape[0], 3])
                    if spelling == "kohya" {
                        state["lora_unet_" + layer.replacingOccurrences(of: ".", with: "_") + ".alpha"] = Tensor(3)
                    }
                }
                let file = folder.appendingPathComponent("\(spelling).safetensors")
                try Safetensors.save(state, to: file)
                let model = try TextToImage.load(folder, loras: [LoRAFile(file, strength: 0.75)])
                for layer in layers {
                    let name = layer + ".weight"
                    let (after, before) = (
                        try #require(model.denoiser.stateDict()[name]), try #require(plain.denoiser.stateDict()[name])
                    )
                    expectEqual(
                        after - before, try golden.tensor("lora.\(name)"), name, .elements(relative: 1e-3, absolute: 1e-5))
                }
            }
            var strange = StateDict()
            strange["lora_unet_nowhere.lora_down.weight"] = Tensor(zeros: [1, 1])
            strange["lora_unet_nowhere.lora_up.weight"] = Tensor(zeros: [1, 1])
            let file = folder.appendingPathComponent("strange.safetensors")
            try Safetensors.save(strange, to: file)
            TextToImageFileFixtures.expectError("lora_unet_nowhere") { _ = try TextToImage.load(folder, loras: [LoRAFile(file)]) }
        }
    }

    @Test("What is broken, partial or of another model is refused with its place")
    func refusals() throws {
        try Self.withFolder { folder in
            TextToImageFileFixtures.expectError("model_index.json") { _ = try TextToImage.load(folder) }
            try Self.writeFolder(folder)
            func changed(_ path: String, _ old: String, _ new: String, _ words: String) throws {
                let file = folder.appendingPathComponent(path)
                let text = try String(contentsOf: file, encoding: .utf8)
                #expect(text.contains(old))
                try Self.write(text.replacingOccurrences(of: old, with: new), folder, path)
                TextToImageFileFixtures.expectError(words) { _ = try TextToImage.load(folder) }
                try Self.write(text, folder, path)
            }
            try changed("model_index.json", "StableDiffusionPipeline", "FluxPipeline", "FluxPipeline")
            try changed("unet/config.json", "\"silu\"", "\"gelu\"", "act_fn")
            try changed("unet/config.json", "\"sample_size\": 64", "\"class_embed_type\": \"timestep\"", "class_embed_type")
            try changed("unet/config.json", "[8, 16, 16]", "[8, 16, 24]", "another shape")
            try changed("unet/config.json", "\"cross_attention_dim\": 12", "\"cross_attention_dim\": 16", "attn2.to_k")
            try changed("unet/config.json", "{", "", "no JSON")
            try changed("vae/config.json", "\"in_channels\": 3", "\"in_channels\": 4", "in_channels")
            try changed("scheduler/scheduler_config.json", "PNDMScheduler", "UniPCMultistepScheduler", "UniPC")
            try changed(
                "scheduler/scheduler_config.json", "\"skip_prk_steps\": true", "\"skip_prk_steps\": false", "skip_prk_steps")
            try changed("text_encoder/config.json", "\"quick_gelu\"", "\"relu\"", "hidden_act")
            try changed("tokenizer/merges.txt", "p h\n", "", "line 5")
            let weights = folder.appendingPathComponent("unet/diffusion_pytorch_model.safetensors")
            let bytes = try Data(contentsOf: weights)
            try bytes.prefix(bytes.count / 2).write(to: weights)
            TextToImageFileFixtures.expectError("diffusion_pytorch_model.safetensors") { _ = try TextToImage.load(folder) }
            try FileManager.default.removeItem(at: weights)
            TextToImageFileFixtures.expectError("no weights") { _ = try TextToImage.load(folder) }
            let others = [
                "conditioner.embedders.0.x": "Stable Diffusion XL",
                "model.diffusion_model.joint_blocks.0.x": "Stable Diffusion 3",
                "model.diffusion_model.double_blocks.0.x": "Flux",
            ]
            for (name, model) in others {
                var state = StateDict()
                state[name] = Tensor(zeros: [1])
                state["model.diffusion_model.x"] = Tensor(zeros: [1])
                let file = folder.appendingPathComponent("other.safetensors")
                try Safetensors.save(state, to: file)
                TextToImageFileFixtures.expectError(model) { _ = try TextToImage.load(file) }
            }
        }
    }
}

extension StateDict {
    /// Names with their tensors.
    fileprivate var pairs: [(String, Tensor)] { names.compactMap { name in self[name].map { (name, $0) } } }
}
