internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Files of both towers with the names of their publishers.
@Suite("CLIP checkpoints")
struct CLIPCheckpointTests {
    private static let images = BackboneFixtures.formulaImages(1, 64, 96)

    /// A folder with a vocabulary, given to `body`.
    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("clip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try CLIPFixtures.merges.write(to: folder.appendingPathComponent("merges.txt"), atomically: true, encoding: .utf8)
        try body(folder)
    }

    /// Both towers as OpenAI's package names them.
    private func openAI(_ image: any ImageEncoder) throws -> StateDict {
        var state = BackboneFixtures.formulaState(of: image)
            .merging(BackboneFixtures.formulaState(of: try CLIPFixtures.encoder()))
        state["logit_scale"] = Tensor(4.6)
        for name in ["input_resolution", "context_length", "vocab_size"] { state[name] = Tensor([Int64(20)], shape: []) }
        return state
    }

    /// The same tensors as Hugging Face's package names them, whose own list of names and shapes is the golden.
    private func huggingFace(_ state: StateDict) throws -> StateDict {
        let url = try CLIPFixtures.goldens().appendingPathComponent("clip-names.txt")
        var result = StateDict()
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
            let name = String(line.prefix { $0 != " " })
            if name.hasSuffix("position_ids") {
                result[name] = Tensor([Int64(0)], shape: [1, 1])
                continue
            }
            let tensor = try #require(try own(name, state), "\(name)")
            #expect("\(name) [\(tensor.shape.map { String($0) }.joined(separator: ", "))]" == line)
            result[name] = tensor
        }
        return result
    }

    /// The tensor that Hugging Face calls `name`.
    private func own(_ name: String, _ state: StateDict) throws -> Tensor? {
        let isImage = name.hasPrefix("vision_model")
        let tower = isImage ? "visual." : ""
        let fixed = [
            "visual_projection.weight": "visual.proj", "text_projection.weight": "text_projection", "logit_scale": "logit_scale",
            "vision_model.embeddings.class_embedding": "visual.class_embedding",
            "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
            "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        ]
        if let key = fixed[name] { return name.hasSuffix("_projection.weight") ? state[key]?.transposed() : state[key] }
        if name.hasSuffix("position_embedding.weight") { return state[tower + "positional_embedding"] }
        for (old, new) in ["pre_layrnorm": "ln_pre", "post_layernorm": "ln_post", "final_layer_norm": "ln_final"] {
            if let kind = name.components(separatedBy: ".\(old).").dropFirst().first { return state["\(tower)\(new).\(kind)"] }
        }
        let parts = name.split(separator: ".").map { String($0) }
        let block = "\(tower)transformer.resblocks.\(parts[3])."
        if let index = ["q_proj", "k_proj", "v_proj"].firstIndex(of: parts[5]) {
            let all = try #require(state["\(block)attn.in_proj_\(parts[6])"])
            return all.split([Int](repeating: all.shape[0] / 3, count: 3), axis: 0)[index]
        }
        let names = [
            "self_attn": "attn.out_proj", "layer_norm1": "ln_1", "layer_norm2": "ln_2", "fc1": "mlp.c_fc", "fc2": "mlp.c_proj",
        ]
        let layer = try #require(names[parts[4]] ?? names[parts[5]])
        return state["\(block)\(layer).\(parts[parts.count - 1])"]
    }

    /// Expects that both towers come out of a file of `state` as they went in.
    private func expectTowers(_ state: StateDict, in folder: URL, hasImages: Bool = true, hasTexts: Bool = true) throws {
        let file = folder.appendingPathComponent("weights.safetensors")
        try Safetensors.save(state, to: file)
        if hasImages {
            let expected = try CLIPFixtures.backbone(CLIPFixtures.viT)
            expected.freeze()
            let description = BackboneDescription(
                name: "small", network: .clipViT(CLIPFixtures.viT), preprocessing: .clip)
            let loaded = try Backbones.load(description: description, weights: file)
            let joint = try #require(loaded.backbone as? any JointSpaceBackbone)
            #expect(joint.jointFeatures(Self.images).scalars == expected.jointFeatures(Self.images).scalars)
            var shape = CLIPFixtures.viT
            shape.space = CLIPSpace.unnamed
            let networks = try WeightsInspection(of: file).networks
            #expect(networks.first == .clipViT(shape) && networks.count == 2, "\(networks)")
        }
        if hasTexts {
            let expected = try CLIPFixtures.encoder()
            expected.freeze()
            let encoder = try CLIPTextEncoder.load(weights: file)
            #expect(try encoder.encoded(["a photo"]).scalars == expected.encoded(["a photo"]).scalars)
            #expect(encoder.shape.width == 64 && encoder.space == CLIPSpace.unnamed)
        }
    }

    @Test("OpenAI's names, both towers in one file")
    func openAINames() throws {
        try inFolder { folder in
            try expectTowers(try openAI(try CLIPFixtures.backbone(CLIPFixtures.viT)), in: folder)
        }
    }

    @Test("Hugging Face's names, with old files' position numbers, and each tower without its prefix")
    func huggingFaceNames() throws {
        try inFolder { folder in
            var state = try huggingFace(try openAI(try CLIPFixtures.backbone(CLIPFixtures.viT)))
            try expectTowers(state, in: folder)
            for tower in ["text_model", "vision_model"] {
                state["\(tower).embeddings.position_ids"] = Tensor([Int64(0)], shape: [1, 1])
            }
            try expectTowers(state, in: folder)
            var images = state.removingPrefix("vision_model.")
            images["visual_projection.weight"] = state["visual_projection.weight"]
            try expectTowers(images, in: folder, hasTexts: false)
            var texts = state.removingPrefix("text_model.")
            texts["text_projection.weight"] = state["text_projection.weight"]
            try expectTowers(texts, in: folder, hasImages: false)
        }
    }

    @Test("The ResNet tower beside its text tower")
    func resNet() throws {
        try inFolder { folder in
            let expected = try CLIPFixtures.backbone(CLIPFixtures.resNet)
            let file = folder.appendingPathComponent("RN.safetensors")
            try Safetensors.save(try openAI(expected), to: file)
            expected.freeze()
            var shape = CLIPFixtures.resNet
            shape.space = CLIPSpace.unnamed
            #expect(try WeightsInspection(of: file).networks == [.clipResNet(shape)])
            let description = BackboneDescription(name: "small", network: .clipResNet(shape), preprocessing: .clip)
            let loaded = try Backbones.load(description: description, weights: file)
            let joint = try #require(loaded.backbone as? any ImageEncoder)
            #expect(joint.encoded(Self.images).scalars == expected.encoded(Self.images).scalars)
            #expect(joint.shares(spaceOf: try CLIPTextEncoder.load(weights: file)))
        }
    }

    @Test("Detected shapes of published towers have the published spaces")
    func spaces() throws {
        for name in CLIPText.published.keys {
            let description = try Backbones.description(named: name)
            let index = WeightsIndex(try description.makeBackbone(ParameterScope(.loading)))
            #expect(Backbones.names(fitting: index) == [name])
        }
    }

    @Test("What is wrong with a text tower's file is said")
    func errors() throws {
        func message(_ body: () throws -> CLIPTextEncoder) -> String {
            do { return "no error, \(try body().name)" } catch { return "\(error)" }
        }
        try inFolder { folder in
            let file = folder.appendingPathComponent("weights.safetensors")
            var state = try openAI(try CLIPFixtures.backbone(CLIPFixtures.viT))
            state["ln_final.bias"] = nil
            try Safetensors.save(state, to: file)
            #expect(message { try CLIPTextEncoder.load(weights: file) }.contains("1 missing: ln_final.bias"))
            #expect(
                message { try CLIPTextEncoder.load(weights: file, preset: "clip-rn50") }.contains(
                    "is another tower than clip-rn50"))
            #expect(message { try CLIPTextEncoder.load(weights: file, preset: "bert") }.contains("clip-vit-b16"))
            state["text_projection"] = nil
            try Safetensors.save(state, to: file)
            #expect(message { try CLIPTextEncoder.load(weights: file) }.contains("holds no CLIP text tower"))
            try FileManager.default.removeItem(at: folder.appendingPathComponent("merges.txt"))
            try Safetensors.save(try openAI(try CLIPFixtures.backbone(CLIPFixtures.viT)), to: file)
            #expect(message { try CLIPTextEncoder.load(weights: file) }.contains("CLIP's vocabulary is not here"))
            try "#\na b\n".write(to: folder.appendingPathComponent("merges.txt"), atomically: true, encoding: .utf8)
            #expect(message { try CLIPTextEncoder.load(weights: file) }.contains("a vocabulary of 515 tokens"))
            #expect(message { try CLIPTextEncoder.load(weights: folder.appendingPathComponent("none")) }.contains("none"))
        }
    }

    @Test("Texts without a word and texts that are too long are refused")
    func texts() throws {
        let encoder = try CLIPFixtures.encoder()
        let empty = #expect(throws: TextEncoderError.self) { try encoder.encoded(["a dog", " \n"]) }
        #expect(empty?.description == "text encoder small: \" \n\" holds no word")
        let long = #expect(throws: TextEncoderError.self) { try encoder.encoded([String(repeating: "x ", count: 30)]) }
        #expect(long?.description.contains("has 32 tokens, expected at most 20") == true)
        #expect(try encoder.encoded([]).shape == [0, 24])
    }

    @Test("Numbers that make no tower are refused by their key")
    func configuration() throws {
        var shape = CLIPFixtures.text
        shape.heads = 7
        let error = #expect(throws: TextEncoderError.self) {
            try CLIPTextEncoder(ParameterScope(), shape, tokenizer: try CLIPFixtures.tokenizer())
        }
        #expect(error?.description.contains("heads: found 7, expected a divisor of the width 64") == true)
        var image = CLIPFixtures.viT
        image.heads = 3
        let description = BackboneDescription(name: "small", network: .clipViT(image), preprocessing: .clip)
        let refused = #expect(throws: BackboneError.self) { try description.makeBackbone() }
        #expect(refused?.description.contains("heads: found 3") == true)
        let json = """
            {"name": "mine", "network": {"family": "clip-vit", "patch": 16, "width": 128, "depth": 3, "grid": 4, "dimension": 24},
             "preprocessing": {"channelOrder": "rgb", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}}
            """
        let read = try BackboneDescription(json: Data(json.utf8), source: "mine.json")
        #expect(read.network == .clipViT(CLIPViT(patch: 16, width: 128, depth: 3, grid: 4, dimension: 24)))
    }
}
