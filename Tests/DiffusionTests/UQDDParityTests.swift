internal import Diffusion
internal import Foundation
internal import TensorCore
internal import TestSupport
internal import Testing

/// The decoder against its PyTorch twin, element by element, gradients included.
@Suite("UQDD parity")
struct UQDDParityTests {
    static func golden(_ name: String) throws -> Goldens {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        return try Goldens(contentsOf: folder.appendingPathComponent("uqdd-\(name).safetensors"))
    }

    private static let conditionChannels = [5, 6, 7]

    static func configuration(_ name: String) -> UQDDConfiguration {
        var configuration = UQDDConfiguration()
        configuration.resolution = 16
        configuration.channels = [8, 12, 16]
        configuration.embedding = 24
        configuration.sinusoid = 16
        configuration.groups = 4
        configuration.heads = 2
        configuration.modulation = name == "text" || name == "through" ? .text : .residual
        configuration.gradientsThroughQuality = name == "through"
        configuration.quality = name != "plain"
        configuration.errorChannels = 6
        configuration.iouChannels = [6, 8]
        return configuration
    }

    @Test("Outputs and gradients", arguments: ["residual", "text", "plain", "through"])
    func parity(_ name: String) throws {
        let golden = try Self.golden(name)
        let configuration = Self.configuration(name)
        let net = UQDD(ParameterScope(), configuration, conditionChannels: Self.conditionChannels, steps: 250)
        Formulas.randomise(net)
        let x = Formulas.signed("x", [2, 16, 16, 1]).requiringGradient()
        let image = Formulas.signed("image", [2, 16, 16, 3])
        let conditions = (0..<3).map { level in
            let side = 16 >> level
            return Formulas.signed("c\(level)", [2, side, side, Self.conditionChannels[level]]).requiringGradient()
        }
        let timesteps = Tensor([Int64(3), 200], shape: [2])
        let prepared = net.prepared(
            for: MaskConditions(levels: conditions, image: image, expectation: image), precision: .float32)
        let output = prepared(x, timesteps: timesteps)
        var loss = (output.prediction * Formulas.signed("g", [2, 16, 16, 1])).mean()
        if let error = output.errorMap, let iou = output.iou {
            loss = loss + (error * Formulas.signed("ge", [2, 16, 16, 1])).mean()
            loss = loss + (iou * Tensor([0.3, -0.7], shape: [2])).mean()
            expectEqual(error, try golden.tensor("error"), "error map")
            expectEqual(iou, try golden.tensor("iou"), "IoU")
        }
        expectEqual(output.prediction, try golden.tensor("prediction"), "prediction")
        let gradients = loss.gradients()
        expectEqual(try #require(gradients[x]), try golden.tensor("gradient.x"), "x")
        for (level, condition) in conditions.enumerated() {
            expectEqual(try #require(gradients[condition]), try golden.tensor("gradient.c\(level)"), "c\(level)")
        }
        for parameter in net.parameters {
            let gradient = try #require(gradients[parameter], "\(parameter.path) has no gradient")
            expectEqual(gradient, try golden.tensor("gradient.\(parameter.path)"), parameter.path)
        }
    }

    @Test("Gradients through the quality branch reach the error head, which its own losses alone would train otherwise")
    func throughQuality() throws {
        let (through, detached) = (try Self.golden("through"), try Self.golden("text"))
        for name in ["prediction", "error", "iou"] {
            expectEqual(try through.tensor(name), try detached.tensor(name), name)
        }
        let name = "gradient.error.conv1.weight"
        let problem = mismatch(
            try through.tensor(name), try detached.tensor(name), .elements(relative: 1e-3, absolute: 2e-5))
        #expect(problem != nil, "the golden tells the two apart")
    }

    @Test("Without gradients the fused path gives the same")
    func inference() throws {
        let golden = try Self.golden("residual")
        let net = UQDD(
            ParameterScope(), Self.configuration("residual"), conditionChannels: Self.conditionChannels, steps: 250)
        Formulas.randomise(net)
        let output = withoutGradients { () -> DenoiserOutput in
            let conditions = (0..<3).map { Formulas.signed("c\($0)", [2, 16 >> $0, 16 >> $0, 5 + $0]) }
            let image = Formulas.signed("image", [2, 16, 16, 3])
            let prepared = net.prepared(
                for: MaskConditions(levels: conditions, image: image, expectation: image), precision: .float32)
            return prepared(Formulas.signed("x", [2, 16, 16, 1]), timesteps: Tensor([Int64(3), 200], shape: [2]))
        }
        expectEqual(output.prediction, try golden.tensor("prediction"), "prediction")
    }

    @Test("The default decoder has the paper's 4.2 million parameters and the twin's names")
    func stateDict() throws {
        let net = UQDD(ParameterScope(), conditionChannels: [26, 26, 26], steps: 250)
        #expect(abs(Double(net.trainableCount) / 4.2e6 - 1) < 0.05)
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        let text = try String(contentsOf: folder.appendingPathComponent("uqdd-keys.txt"), encoding: .utf8)
        let own = net.parameters.map { "\($0.path) \($0.shape.map(String.init).joined(separator: ","))" }.sorted()
        #expect(own == text.split(separator: "\n").map(String.init))
    }

    private func expectEqual(_ actual: Tensor, _ expected: Tensor, _ name: String) {
        let problem = mismatch(actual, expected, .elements(relative: 1e-3, absolute: 2e-5))
        #expect(problem == nil, "\(name): \(problem ?? "")")
    }
}
