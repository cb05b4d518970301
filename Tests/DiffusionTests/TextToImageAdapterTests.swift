internal import Diffusion
internal import Foundation
internal import TensorCore
internal import TestSupport
internal import Testing

/// LoRA files for Stable Diffusion 3, in every spelling, against diffusers' own loading and fusing.
@Suite("Text-to-image adapters of version 3")
struct TextToImageAdapterTests {
    private typealias Fixtures = TextToImageFileFixtures

    private static let layers = [
        "transformer_blocks.0.attn.to_q", "transformer_blocks.0.attn.to_k", "transformer_blocks.0.attn.to_v",
        "transformer_blocks.0.attn2.to_out.0", "transformer_blocks.1.attn.to_out.0", "transformer_blocks.1.attn.add_q_proj",
        "transformer_blocks.1.attn.add_k_proj", "transformer_blocks.1.attn.add_v_proj", "transformer_blocks.0.ff.net.0.proj",
        "transformer_blocks.0.ff_context.net.2", "transformer_blocks.0.norm1.linear",
        "transformer_blocks.1.norm1_context.linear", "context_embedder", "norm_out.linear", "proj_out",
    ]
    private static let textLayers = ["text_model.encoder.layers.0.self_attn.q_proj", "text_model.encoder.layers.1.mlp.fc1"]

    /// The two matrices of a layer; queries, keys and values share the first.
    private static func matrices(_ part: String, _ layer: String, _ shape: Shape, rank: Int) -> (down: Tensor, up: Tensor) {
        var first = layer
        for ending in ["_q", "_k", "_v", "_q_proj", "_k_proj", "_v_proj"]
        where part == "transformer" && (layer.hasSuffix("to" + ending) || layer.hasSuffix("add" + ending)) {
            first = String(layer.dropLast(ending.count))
        }
        let up = Formulas.signed("\(part).\(layer).B", [shape[0], rank]) * 0.1
        return (Formulas.signed("\(part).\(first).A", [rank, shape[1]]), up)
    }

    /// All pairs: of what part, which layer, and the matrices.
    private static func pairs() throws -> [(part: String, layer: String, down: Tensor, up: Tensor)] {
        let network = try MMDiT(ParameterScope(.loading), Fixtures.transformer)
        let shapes = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.path, $0.shape) })
        var pairs = try layers.map { layer in
            let (down, up) = matrices("transformer", layer, try #require(shapes[layer + ".weight"]), rank: 3)
            return ("transformer", layer, down, up)
        }
        for (part, name) in [("text_encoder", "clip_l"), ("text_encoder_2", "clip_g")] {
            let encoder = try #require(try Fixtures.encoders()[name])
            for layer in textLayers {
                let (down, up) = matrices(part, layer, try #require(encoder.shape(of: layer + ".weight")), rank: 2)
                pairs.append((part, layer, down, up))
            }
        }
        return pairs
    }

    private static func peft() throws -> StateDict {
        var state = StateDict()
        for pair in try pairs() {
            state["\(pair.part).\(pair.layer).lora_A.weight"] = pair.down
            state["\(pair.part).\(pair.layer).lora_B.weight"] = pair.up
        }
        return state
    }

    private static let kohyaText = ["text_encoder": "lora_te1_", "text_encoder_2": "lora_te2_"]

    private static func underscored(_ name: String) -> String { name.replacingOccurrences(of: ".", with: "_") }

    private static func add(_ key: String, _ down: Tensor, _ up: Tensor, alpha: Float, _ state: inout StateDict) {
        state[key + ".lora_down.weight"] = down
        state[key + ".lora_up.weight"] = up
        state[key + ".alpha"] = Tensor(alpha)
    }

    /// OneTrainer's spelling: diffusers' names with underscores.
    private static func oneTrainer() throws -> StateDict {
        var state = StateDict()
        for pair in try pairs() {
            let prefix = kohyaText[pair.part] ?? "lora_transformer_"
            add(prefix + underscored(pair.layer), pair.down, pair.up, alpha: Float(pair.down.shape[0]), &state)
        }
        return state
    }

    /// Kohya's spelling: the modules of the original repository, where queries, keys and values are one.
    private static func kohya() throws -> StateDict {
        var state = StateDict()
        var ups = StateDict()
        var downs: [String: Tensor] = [:]
        for pair in try pairs() {
            guard let prefix = kohyaText[pair.part] else {
                ups[pair.layer + ".weight"] = pair.up
                downs[pair.layer + ".weight"] = pair.down
                continue
            }
            add(prefix + underscored(pair.layer), pair.down, pair.up, alpha: 2, &state)
        }
        let prefix = "model.diffusion_model."
        var count = 0
        for entry in try Fixtures.entries(prefix) {
            guard let down = downs[entry.own[0]] else { continue }
            let module = entry.original.dropFirst(prefix.count).dropLast(".weight".count)
            add("lora_unet_" + underscored(String(module)), down, try entry.tensor(ups), alpha: 3, &state)
            count += entry.own.count
        }
        #expect(count == layers.count)
        return state
    }

    private static func expectChanges(
        _ adapter: StateDict, _ golden: String, with name: String, file: URL, folder: URL
    ) throws {
        let goldens = try TextToImageFixtures.golden("files")
        let place = try Fixtures.write(adapter, folder, "\(name).safetensors")
        let plain = try TextToImage.load(file).denoiser.stateDict()
        let model = try TextToImage.load(file, loras: [LoRAFile(place, strength: 0.75)])
        let changed = model.denoiser.stateDict()
        for layer in plain.names {
            let (after, before) = (try #require(changed[layer]), try #require(plain[layer]))
            guard layer.hasSuffix(".weight"), layers.contains(String(layer.dropLast(".weight".count))) else {
                #expect(after.scalars == before.scalars, "\(name): \(layer)")
                continue
            }
            let expected = try goldens.tensor("third.lora.\(golden).\(layer)")
            expectEqual(after - before, expected, "\(name): \(layer)", .elements(relative: 1e-3, absolute: 5e-6))
        }
        // The encoders' changes show in the latent.
        let latent = try model.generate(TextToImageFileTests.request()).latent
        let suffix = name.hasSuffix("t5") ? ".t5.latent" : ".latent"
        expectEqual(latent, try goldens.tensor("third.lora.\(golden)\(suffix)"), name, .relativeNorm(2e-4))
    }

    @Test("Diffusers', OneTrainer's and kohya's spellings, T5's layers, and PEFT's settings")
    func spellings() throws {
        try Fixtures.withFolder { folder in
            try Fixtures.writeVocabularies(folder)
            let file = try Fixtures.write(try Fixtures.third(try Fixtures.encoders()), folder)
            func check(_ state: StateDict, _ golden: String, _ name: String) throws {
                try Self.expectChanges(state, golden, with: name, file: file, folder: folder)
            }
            try check(try Self.peft(), "plain", "peft")
            try check(try Self.oneTrainer(), "plain", "onetrainer")
            var kohya = try Self.kohya()
            try check(kohya, "plain", "kohya")
            let t5 = "lora_te3_encoder_block_1_layer_1_DenseReluDense_wo"
            Self.add(t5, Formulas.signed("t5.A", [2, 20]), Formulas.signed("t5.B", [32, 2]), alpha: 1, &kohya)
            try check(kohya, "plain", "kohya-t5")
            var own = try Self.peft()
            let settings = #""lora_alpha": 6, "alpha_pattern": {"attn.to_out.0": 2}, "use_dora": false"#
            let parts = ["transformer", "text_encoder", "text_encoder_2"].map { part in
                settings.replacingOccurrences(of: "\"lora_alpha", with: "\"\(part).lora_alpha")
                    .replacingOccurrences(of: "\"alpha_pattern", with: "\"\(part).alpha_pattern")
                    .replacingOccurrences(of: "\"use_dora", with: "\"\(part).use_dora")
            }
            own.metadata["lora_adapter_metadata"] = "{" + parts.joined(separator: ", ") + "}"
            try check(own, "settings", "settings")
        }
    }

    @Test("Adapters of other models, halves of adapters and other kinds are refused by their field")
    func refusals() throws {
        try Fixtures.withFolder { folder in
            try Fixtures.writeVocabularies(folder)
            let encoders = try Fixtures.encoders().filter { $0.key != "t5xxl" }
            let file = try Fixtures.write(try Fixtures.third(encoders), folder)
            func refused(_ words: String, _ change: (inout StateDict) throws -> Void) throws {
                var state = try Self.peft()
                try change(&state)
                let place = try Fixtures.write(state, folder, "adapter.safetensors")
                Fixtures.expectError(words) { _ = try TextToImage.load(file, loras: [LoRAFile(place)]) }
            }
            let query = "transformer.transformer_blocks.0.attn.to_q"
            try refused("unet.down_blocks.0.attentions.0.proj_in") {
                $0["unet.down_blocks.0.attentions.0.proj_in.lora_A.weight"] = Tensor(zeros: [1, 1])
                $0["unet.down_blocks.0.attentions.0.proj_in.lora_B.weight"] = Tensor(zeros: [1, 1])
            }
            try refused("transformer.transformer_blocks.7.attn.to_q") {
                $0["transformer.transformer_blocks.7.attn.to_q.lora_A.weight"] = Tensor(zeros: [1, 16])
                $0["transformer.transformer_blocks.7.attn.to_q.lora_B.weight"] = Tensor(zeros: [16, 1])
            }
            // This model has no T5.
            try refused("lora_te3_encoder") {
                Self.add(
                    "lora_te3_encoder_block_0_layer_0_SelfAttention_q", Tensor(zeros: [1, 32]), Tensor(zeros: [24, 1]), alpha: 1,
                    &$0)
            }
            try refused("\(query).dora_scale") { $0[query + ".dora_scale"] = Tensor(zeros: [16]) }
            try refused("one of its two matrices is missing") { $0[query + ".lora_B.weight"] = nil }
            try refused("do not make a weight") { $0[query + ".lora_B.weight"] = Tensor(zeros: [17, 3]) }
            // A joint module's rows have to be three of the same size.
            try refused("do not make a weight") {
                Self.add(
                    "lora_unet_joint_blocks_0_x_block_attn_qkv", Tensor(zeros: [1, 16]), Tensor(zeros: [16, 1]), alpha: 1, &$0)
            }
            try refused("transformer.use_dora") { $0.metadata["lora_adapter_metadata"] = #"{"transformer.use_dora": true}"# }
            try refused("transformer.lora_alpha") {
                $0.metadata["lora_adapter_metadata"] = #"{"transformer.lora_alpha": "8"}"#
            }
            try refused("lora_adapter_metadata") { $0.metadata["lora_adapter_metadata"] = "{" }
            // What comes from a tower is refused at once, not with the first prompt.
            try refused("do not make a weight") {
                $0["text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight"] = Tensor(zeros: [2, 13])
            }
        }
    }
}
