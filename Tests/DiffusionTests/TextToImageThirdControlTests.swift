internal import Diffusion
internal import Foundation
internal import TensorCore
internal import TestSupport
internal import Testing

/// ControlNets of Stable Diffusion 3: the network, whole pipelines with one and with two, and what does not fit.
@Suite("Text-to-image ControlNets of version 3")
struct TextToImageThirdControlTests {
    private typealias Fixtures = TextToImageFileFixtures

    private static let readingConfig = """
        {"_class_name": "SD3ControlNetModel", "sample_size": 8, "patch_size": 2, "in_channels": 16, "out_channels": 16, "num_layers": 1,
        "attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": 32, "caption_projection_dim": 16,
        "pooled_projection_dim": 28, "pos_embed_max_size": 12, "qk_norm": "rms_norm", "dual_attention_layers": [0],
        "extra_conditioning_channels": 0, "pos_embed_type": "sincos", "use_pos_embed": true}
        """
    private static let plainConfig = """
        {"_class_name": "SD3ControlNetModel", "sample_size": 8, "patch_size": 2, "in_channels": 16, "out_channels": 16, "num_layers": 1,
        "attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": null, "caption_projection_dim": 48,
        "pooled_projection_dim": 28, "pos_embed_max_size": 12, "qk_norm": null, "dual_attention_layers": [],
        "extra_conditioning_channels": 0, "pos_embed_type": null, "use_pos_embed": false,
        "force_zeros_for_pooled_projection": false}
        """

    /// A network that reads text, or one as those of 3.5 Large.
    private static func network(
        readsText: Bool, depth: Int = 1, zeroesVector: Bool? = nil
    ) throws -> MMDiTControlNet {
        var configuration = MMDiTControlNetConfiguration()
        configuration.transformer = Fixtures.transformer
        configuration.transformer.depth = depth
        (configuration.hasPositions, configuration.readsText) = (readsText, readsText)
        configuration.zeroesVector = zeroesVector ?? readsText
        if !readsText {
            (configuration.transformer.normalisesQueries, configuration.transformer.dualBlocks) = (false, [])
        }
        let network = try MMDiTControlNet(ParameterScope(), configuration)
        Formulas.randomise(network)
        if let table = network.parameters.first(where: { $0.path == "pos_embed.pos_embed" }) {
            table.value = Formulas.signed(table.path, table.shape) * 0.3
        }
        return network
    }

    /// Writes a ControlNet as a folder of diffusers.
    private static func write(_ config: String, readsText: Bool, _ folder: URL, _ name: String) throws -> URL {
        let place = folder.appendingPathComponent(name)
        _ = try Fixtures.write(
            try network(readsText: readsText).stateDict(), folder, "\(name)/diffusion_pytorch_model.safetensors")
        try config.write(to: place.appendingPathComponent("config.json"), atomically: true, encoding: .utf8)
        return place
    }

    @Test("The network's additions, element by element")
    func residuals() throws {
        let golden = try TextToImageFixtures.golden("files")
        let transformer = try MMDiT(ParameterScope(), Fixtures.transformer)
        let found = try withoutGradients {
            try Self.network(readsText: true, depth: 2, zeroesVector: false)(
                Formulas.signed("latent16", [2, 6, 8, 16]), timesteps: [987.4, 12],
                context: Formulas.signed("context32", [2, 5, 32]), pooled: Formulas.signed("pooled28", [2, 28]),
                picture: Formulas.signed("hint16", [2, 6, 8, 16]), strength: 0.6, beside: transformer)
        }
        #expect(found.count == 2)
        for (index, tensor) in found.enumerated() {
            expectEqual(
                tensor, try golden.tensor("third.control.residual.\(index)"), "residual \(index)",
                .elements(relative: 1e-3, absolute: 3e-5))
        }
    }

    @Test("Pipelines with a ControlNet that reads text, with two in parts of the steps, and with one as those of 3.5 Large")
    func pipelines() throws {
        let golden = try TextToImageFixtures.golden("files")
        try Fixtures.withFolder { folder in
            try Fixtures.writeVocabularies(folder)
            let file = try Fixtures.write(try Fixtures.third(try Fixtures.encoders()), folder)
            let reading = try Self.write(Self.readingConfig, readsText: true, folder, "reading")
            let plain = try Self.write(Self.plainConfig, readsText: false, folder, "plain")
            let first = TextToImageFixtures.picture("control", height: 48, width: 64)
            let second = TextToImageFixtures.picture("control2", height: 48, width: 64)
            let cases: [(String, [URL], [TextToImageRequest.Control])] = [
                ("one", [reading], [.init(first, strength: 0.8)]),
                (
                    "two", [reading, reading],
                    [.init(first, strength: 0.8, span: 0...0.6), .init(second, network: 1, strength: 0.5, span: 0.3...1)]
                ),
                ("plain", [plain], [.init(first, strength: 0.7)]),
            ]
            for (name, networks, controls) in cases {
                let model = try TextToImage.load(file, controlNets: networks)
                #expect(model.transformerControlNets.count == networks.count && model.controlNets.isEmpty)
                var request = TextToImageFileTests.request()
                request.controls = controls
                let latent = try model.generate(request).latent
                expectEqual(latent, try golden.tensor("third.control.\(name).latent"), name, .relativeNorm(2e-4))
            }
        }
    }

    @Test("ControlNets of another shape or version, and what they cannot do, are refused")
    func refusals() throws {
        try Fixtures.withFolder { folder in
            try Fixtures.writeVocabularies(folder)
            let file = try Fixtures.write(try Fixtures.third(try Fixtures.encoders()), folder)
            func refused(_ old: String, _ new: String, _ words: String) throws {
                #expect(Self.readingConfig.contains(old))
                let config = Self.readingConfig.replacingOccurrences(of: old, with: new)
                let place = try Self.write(config, readsText: true, folder, "changed")
                Fixtures.expectError(words) { _ = try TextToImage.load(file, controlNets: [place]) }
            }
            try refused("SD3ControlNetModel", "ControlNetModel", "an SD3ControlNetModel")
            try refused("\"extra_conditioning_channels\": 0", "\"extra_conditioning_channels\": 1", "extra_conditioning_channels")
            try refused("\"num_layers\": 1", "\"num_layers\": 2", "transformer_blocks.1")
            try refused("\"joint_attention_dim\": 32", "\"joint_attention_dim\": null", "context_embedder")
            Fixtures.expectError("SD3ControlNetModel") { _ = try TextToImage.load(file, controlNets: [file]) }
            let reading = try Self.write(Self.readingConfig, readsText: true, folder, "reading")
            let model = try TextToImage.load(file, controlNets: [reading])
            var request = TextToImageFileTests.request()
            request.controls = [.init(TextToImageFixtures.picture("control", height: 48, width: 64))]
            request.isGuessing = true
            Fixtures.expectError("isGuessing") { _ = try model.generate(request) }
            (request.isGuessing, request.controls[0].network) = (false, 1)
            Fixtures.expectError("network 2") { _ = try model.generate(request) }
            // The table has places for 12 tokens of 16 pixels along a side.
            Fixtures.expectError("sides up to 192") {
                _ = try model.generate(TextToImageFileTests.request([48, 208]))
            }
            let deep = try Self.network(readsText: true, depth: 3)
            Fixtures.expectError("blocks") {
                _ = try TextToImage(
                    prompts: model.prompts, denoiser: model.denoiser, autoencoder: model.autoencoder,
                    transformerControlNets: [deep])
            }
        }
    }
}
