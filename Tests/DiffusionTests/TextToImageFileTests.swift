internal import Diffusion
internal import Foundation
internal import TensorCore
internal import TestSupport
internal import Testing

/// Single files of Stable Diffusion 2 and 3: the reference's latents, and where text encoders are that they do not hold.
@Suite("Text-to-image single files")
struct TextToImageFileTests {
    private typealias Fixtures = TextToImageFileFixtures
    private static let near = Tolerance.relativeNorm(1e-4)

    static func request(_ size: Size2D = [48, 64], seed: UInt64 = 22) -> TextToImageRequest {
        TextToImageRequest(
            "a photo of the cat", negativePrompt: "an ugly photo", size: size, steps: 4, guidance: 4.5, seed: seed)
    }

    @Test("Version 3 with its encoders inside, and without T5")
    func third() throws {
        let golden = try TextToImageFixtures.golden("files")
        let encoders = try Fixtures.encoders()
        try Fixtures.withFolder { folder in
            try Fixtures.writeVocabularies(folder)
            let file = try Fixtures.write(try Fixtures.third(encoders), folder)
            let model = try TextToImage.load(file)
            #expect(model.schedule.kind == .flowEuler && model.schedule.shift == 3)
            #expect((model.denoiser as? MMDiT)?.configuration == Fixtures.transformer)
            let latent = try model.generate(Self.request()).latent
            expectEqual(latent, try golden.tensor("third.latent"), "whole", Self.near)
            let towers = encoders.filter { $0.key != "t5xxl" }
            let shorter = try Fixtures.write(try Fixtures.third(towers), folder, "shorter/model.safetensors")
            try Fixtures.writeVocabularies(shorter.deletingLastPathComponent())
            let without = try TextToImage.load(shorter)
            #expect(try without.weightsDigest != model.weightsDigest)
            let other = try without.generate(Self.request()).latent
            expectEqual(other, try golden.tensor("third.without-t5.latent"), "without T5", Self.near)
        }
    }

    @Test("Encoders beside a file of version 3, in a folder that is named, and nowhere")
    func encoders() throws {
        let expected = try TextToImageFixtures.golden("files").tensor("third.latent")
        let encoders = try Fixtures.encoders()
        try Fixtures.withFolder { folder in
            let file = try Fixtures.write(try Fixtures.third([:]), folder, "model/sd3.safetensors")
            Fixtures.expectError("--text-encoders") { _ = try TextToImage.load(file) }
            let apart = folder.appendingPathComponent("apart")
            Fixtures.expectError("apart: found no text encoder") { _ = try TextToImage.load(file, textEncoders: apart) }
            for (name, state) in encoders {
                let own = name == "t5xxl" ? "t5xxl_fp16.safetensors" : "\(name).safetensors"
                _ = try Fixtures.write(state, folder, "apart/\(own)")
            }
            Fixtures.expectError("spiece.model") { _ = try TextToImage.load(file, textEncoders: apart) }
            try Fixtures.writeVocabularies(apart)
            let named = try TextToImage.load(file, textEncoders: apart)
            expectEqual(try named.generate(Self.request()).latent, expected, "named", Self.near)
            let digest = try named.weightsDigest
            let identity = try named.digest
            try FileManager.default.moveItem(at: apart, to: folder.appendingPathComponent("model/text_encoders"))
            let beside = try TextToImage.load(file)
            expectEqual(try beside.generate(Self.request()).latent, expected, "beside", Self.near)
            #expect(try beside.weightsDigest == digest)
            #expect(try beside.digest == identity)
            // The same file with another encoder is another model.
            var state = try #require(encoders["clip_l"])
            state["text_projection.weight"] = Tensor(zeros: [12, 12])
            _ = try Fixtures.write(state, folder, "model/text_encoders/clip_l.safetensors")
            #expect(try TextToImage.load(file).weightsDigest != digest)
        }
    }

    @Test("Version 2, whose file does not say what its network answers")
    func second() throws {
        let golden = try TextToImageFixtures.golden("files")
        try Fixtures.withFolder { folder in
            try Fixtures.writeVocabularies(folder)
            let file = try Fixtures.write(try Fixtures.second(), folder)
            Fixtures.expectError("--prediction") { _ = try TextToImage.load(file) }
            let model = try TextToImage.load(file, prediction: .velocity)
            let latent = try model.generate(Self.request([64, 64], seed: 23)).latent
            expectEqual(latent, try golden.tensor("second.latent"), "latent", .relativeNorm(2e-3))
            Fixtures.expectError("textEncoders") {
                _ = try TextToImage.load(file, textEncoders: folder, prediction: .velocity)
            }
        }
    }

    @Test("What is missing or damaged in a file of version 3 is refused by its name")
    func refusals() throws {
        let whole = try Fixtures.third(try Fixtures.encoders())
        try Fixtures.withFolder { folder in
            try Fixtures.writeVocabularies(folder)
            func refused(_ words: String, _ change: (inout StateDict) -> Void) throws {
                var state = whole
                change(&state)
                let file = try Fixtures.write(state, folder)
                Fixtures.expectError(words) { _ = try TextToImage.load(file) }
            }
            let prefix = "model.diffusion_model."
            try refused("no tensor x_embedder.proj.weight") { $0[prefix + "x_embedder.proj.weight"] = nil }
            try refused("joint_blocks.1.x_block.attn.qkv.bias") {
                $0[prefix + "joint_blocks.1.x_block.attn.qkv.bias"] = Tensor(zeros: [47])
            }
            try refused("transformer_blocks.0.ff.net.2.weight") { $0[prefix + "joint_blocks.0.x_block.mlp.fc2.weight"] = nil }
            try refused("first_stage_model") { state in
                for name in state.names where name.hasPrefix("first_stage_model.") { state[name] = nil }
            }
            try refused("clip_g") { state in
                for name in state.names where name.hasPrefix("text_encoders.clip_g.") { state[name] = nil }
            }
            try refused("T5 1.1") { $0["text_encoders.t5xxl.transformer.encoder.block.0.layer.0.SelfAttention.q.weight"] = nil }
            try refused("of one model") { $0["text_encoders.clip_g.transformer.text_projection.weight"] = nil }
            let file = try Fixtures.write(whole, folder)
            Fixtures.expectError("prediction") { _ = try TextToImage.load(file, prediction: .noise) }
        }
    }
}
