internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// The decoder's switches and the StyleGAN2-style decoder against their PyTorch twins, gradients included.
@Suite("Decoder variants")
struct DecoderVariantTests {
    private static let channels = [5, 6, 7]

    private static func configuration(_ name: String) -> UQDDConfiguration {
        var configuration = UQDDParityTests.configuration("residual")
        configuration.errorModulation = !["no-error", "heads-only"].contains(name)
        configuration.iouModulation = !["no-iou", "heads-only"].contains(name)
        configuration.lowLevelChannels = name == "low-level" ? 9 : 0
        return configuration
    }

    private static func conditions(_ side: Int) -> [Tensor] {
        channels.enumerated().map { level, count in
            Formulas.signed("c\(level)", [2, side >> level, side >> level, count]).requiringGradient()
        }
    }

    private static func compare(
        _ net: any MaskDenoiser, _ prediction: Tensor, _ loss: Tensor, _ x: Tensor, _ conditions: [Tensor], _ golden: Goldens
    ) throws {
        func expectEqual(_ actual: Tensor, _ name: String) throws {
            let problem = mismatch(actual, try golden.tensor(name), .elements(relative: 1e-3, absolute: 2e-5))
            #expect(problem == nil, "\(name): \(problem ?? "")")
        }
        try expectEqual(prediction, "prediction")
        let gradients = loss.gradients()
        try expectEqual(try #require(gradients[x]), "gradient.x")
        for (level, condition) in conditions.enumerated() {
            try expectEqual(try #require(gradients[condition]), "gradient.c\(level)")
        }
        for parameter in net.parameters {
            let gradient = gradients[parameter] ?? Tensor(zeros: parameter.shape)
            try expectEqual(gradient, "gradient.\(parameter.path)")
        }
    }

    @Test("Outputs and gradients", arguments: ["no-error", "no-iou", "heads-only", "low-level"])
    func switches(_ name: String) throws {
        let net = UQDD(ParameterScope(), Self.configuration(name), conditionChannels: Self.channels, steps: 250)
        Formulas.randomise(net)
        let x = Formulas.signed("x", [2, 16, 16, 1]).requiringGradient()
        let image = Formulas.signed("image", [2, 16, 16, 3])
        let levels = Self.conditions(16)
        let low = name == "low-level" ? Formulas.signed("low", [2, 5, 7, 9]) : nil
        let prepared = net.prepared(
            for: MaskConditions(levels: levels, image: image, expectation: image, lowLevel: low), precision: .float32)
        let output = prepared(x, timesteps: Tensor([Int64(3), 200], shape: [2]))
        let (error, iou) = (try #require(output.errorMap), try #require(output.iou))
        var loss = (output.prediction * Formulas.signed("g", [2, 16, 16, 1])).mean()
        loss = loss + (error * Formulas.signed("ge", [2, 16, 16, 1])).mean()
        loss = loss + (iou * Tensor([0.3, -0.7], shape: [2])).mean()
        try Self.compare(net, output.prediction, loss, x, levels, UQDDParityTests.golden(name))
    }

    @Test("The quality branch alone says what it says in a step")
    func qualityAlone() throws {
        let net = UQDD(ParameterScope(), Self.configuration("whole"), conditionChannels: Self.channels, steps: 250)
        Formulas.randomise(net)
        let image = Formulas.signed("image", [1, 16, 16, 3])
        let levels = Self.conditions(16).map { $0.sliced(axis: 0, from: 0, count: 1) }
        let prepared = net.prepared(
            for: MaskConditions(levels: levels, image: image, expectation: image), precision: .float32)
        let x = Formulas.signed("x", [3, 16, 16, 1])
        let output = prepared(x, timesteps: Tensor([Int64(3), 9, 200], shape: [3]))
        let judged = try #require(prepared.quality(of: x))
        #expect(judged.errorMap?.scalars == output.errorMap?.scalars)
        #expect(judged.iou?.scalars == output.iou?.scalars)
    }

    @Test("The style decoder: outputs and gradients")
    func style() throws {
        var configuration = UQDDParityTests.configuration("residual")
        configuration.resolution = 32
        let net = StyleDecoder(ParameterScope(), configuration, conditionChannels: Self.channels)
        Formulas.randomise(net)
        let x = Formulas.signed("x", [2, 32, 32, 1]).requiringGradient()
        let levels = Self.conditions(32)
        let image = Formulas.signed("image", [2, 32, 32, 3])
        let prepared = net.prepared(
            for: MaskConditions(levels: levels, image: image, expectation: image), precision: .float32)
        let output = prepared(x, timesteps: Tensor([Int64(249), 249], shape: [2]))
        let loss = (output.prediction * Formulas.signed("g", [2, 32, 32, 1])).mean()
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        let golden = try Goldens(contentsOf: folder.appendingPathComponent("style-decoder.safetensors"))
        try Self.compare(net, output.prediction, loss, x, levels, golden)
    }

    @Test(
        "Every variant trains through its configuration, is saved and comes back", arguments: ["style", "low-level", "no-error"])
    func trained(_ name: String) async throws {
        var model = SmallModel.configuration
        switch name {
        case "style":
            model.denoiser = DenoiserRegistry.style
            model.sampling.sampler = "one-step"
        case "low-level": model.decoder.lowLevelChannels = try SmallModel.backbone().levels[0].channels
        default: model.decoder.errorModulation = false
        }
        let trainer = try DiffUpTrainer(SmallModel.examples(), model: model, training: SmallModel.training)
        try await trainer.run()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try trainer.saveModel(to: file)
        let checkpoint = try DiffUpCheckpoint(contentsOf: file)
        #expect(checkpoint.configuration == model)
        let loaded = try checkpoint.model(behind: SmallModel.backbone())
        let own = try DiffUp(
            backbone: SmallModel.backbone(), denoiser: trainer.averagedDecoder(), parts: model.parts())
        let episode = try SmallModel.episode()
        #expect(try loaded.segment(episode) == own.segment(episode))
    }

    @Test("A decoder with low-level features is bound to backbones of their width")
    func bound() throws {
        var model = SmallModel.configuration
        let width = try SmallModel.backbone().levels[0].channels
        model.decoder.lowLevelChannels = width
        let denoiser = try model.makeDenoiser(ParameterScope())
        denoiser.freeze()
        let own = try DiffUp(backbone: SmallModel.backbone(), denoiser: denoiser, parts: model.parts())
        _ = try own.segment(SmallModel.episode())
        let other = try SmallModel.backbone(width: 16)
        let error = #expect(throws: DiffUpError.self) { try own.stitched(to: other) }
        #expect(error == .lowLevel(backbone: other.name, found: other.levels[0].channels, expected: width))
        let examples = try SmallModel.examples()
        model.decoder.lowLevelChannels = width + 8
        #expect(throws: DiffUpError.self) { try DiffUpTrainer(examples, model: model, training: SmallModel.training) }
    }

    @Test("A generator is refused where it cannot be one")
    func refused() throws {
        var model = SmallModel.configuration
        model.denoiser = DenoiserRegistry.style
        func key() -> String? {
            do throws(ConfigurationError) { try model.validate(source: "test") } catch { return error.key }
            return nil
        }
        #expect(key() == "sampling.sampler")
        model.sampling.sampler = "one-step"
        #expect(key() == nil)
        model.process.prediction = .epsilon
        #expect(key() == "process.prediction")
        model.process.prediction = .sample
        model.process.shift = .prior
        #expect(key() == "process.shift")
    }

    @Test("Settings without the new keys have their defaults")
    func defaults() throws {
        let tree = try ConfigurationTree(json: #"{"imageSize": 64, "decoder": {"resolution": 32}}"#, source: "c.json")
        let model = try DiffUpConfiguration(tree, source: "c.json")
        #expect(model.denoiser == DenoiserRegistry.uqdd && model.sampling.sampler == "ddim")
        #expect(model.decoder.errorModulation && model.decoder.iouModulation && model.decoder.lowLevelChannels == 0)
        #expect(model.affinity.temperature == 0.1 && !model.affinity.keepsNegatives)
    }
}
