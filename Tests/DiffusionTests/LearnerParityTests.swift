@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// The learners against PyTorch networks (Scripts/goldens/learners.py), element by element, gradients included.
@Suite("Parity of HSNet and PFENet")
struct LearnerParityTests {
    private struct Level {
        var side, channels, stride: Int
    }

    /// The formulas' maps, `[N, side, side, channels]` a level.
    private static func maps(_ name: String, _ levels: [Level]) -> [Tensor] {
        levels.enumerated().map { index, level in
            Formulas.signed("\(name)\(index)", [2, level.side, level.side, level.channels])
        }
    }

    private static func support(_ name: String, _ number: String, _ levels: [Level]) -> SupportMaps {
        let flags = Formulas.uniform("m\(number)", count: 2 * 80 * 80).map { $0 < 0.6 ? Float(1) : 0 }
        return SupportMaps(levels: maps(name + number, levels), mask: Tensor(flags, shape: [2, 80, 80, 1]))
    }

    private static var target: Tensor {
        let values = Formulas.uniform("t", count: 2 * 80 * 80).map { $0 < 0.45 ? Int64(0) : $0 < 0.9 ? 1 : 255 }
        return Tensor(values, shape: [2, 80, 80])
    }

    private static func level(_ tap: String, _ channels: Int, _ stride: Int) -> FeatureLevel {
        FeatureLevel(tap: tap, channels: channels, stride: stride)
    }

    private static func folder() throws -> URL {
        try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
    }

    private static let levels = [(10, 6, 8), (10, 7, 8), (5, 8, 16), (3, 5, 32), (3, 9, 32)].map {
        Level(side: $0.0, channels: $0.1, stride: $0.2)
    }

    private static func described(_ levels: [Level]) -> [FeatureLevel] {
        levels.enumerated().map { level("map\($0).x", $1.channels, $1.stride) }
    }

    private static func hsnet() throws -> HSNet {
        var configuration = HSNetConfiguration()
        configuration.channels = [4, 8, 8]
        let network = try HSNet(ParameterScope(), configuration, behind: described(levels))
        Formulas.randomise(network)
        return network
    }

    @Test("HSNet's correlations, scores, loss and gradients")
    func hypercorrelation() throws {
        let golden = try Goldens(contentsOf: Self.folder().appendingPathComponent("learner-hsnet.safetensors"))
        let network = try Self.hsnet()
        let (query, support) = (Self.maps("q", Self.levels), Self.support("s", "", Self.levels))
        for (stage, found) in network.hypercorrelations(query, support).enumerated() {
            expectEqual(found, try golden.tensor("pyramid.\(stage)"), "stage \(stage)")
        }
        let scores = network.scores(query: query, supports: [support]) { map, _ in map }
        expectEqual(scores.main, try golden.tensor("scores"), "scores")
        try expectGradients(of: scores.loss(Self.target), network, golden, "")
        let plain = withoutGradients { network.scores(query: query, supports: [support]) { map, _ in map }.main }
        expectEqual(plain, try golden.tensor("scores"), "scores without gradients")
    }

    @Test("Several supports of HSNet vote")
    func votes() throws {
        let golden = try Goldens(contentsOf: Self.folder().appendingPathComponent("learner-hsnet.safetensors"))
        let (network, expected) = (try Self.hsnet(), try golden.tensor("votes"))
        let supports = (0..<3).map { Self.support("s", "\($0)", Self.levels) }
        let found = withoutGradients {
            network.foreground(query: Self.maps("q", Self.levels), supports: supports, size: [48, 64])
        }
        #expect(found.shape == expected.shape)
        // A pixel on the border of a vote may fall on either side.
        let different = zip(found.scalars, expected.scalars).count { abs($0 - $1) > 1e-4 }
        #expect(different <= expected.count / 500, "\(different) of \(expected.count)")
        #expect(Set(expected.scalars.map { Int(($0 * 6).rounded()) }).count > 2, "the golden has votes that differ")
    }

    @Test("PFENet's prior, scores, losses and gradients", arguments: [1, 2])
    func enrichment(shots: Int) throws {
        let golden = try Goldens(contentsOf: Self.folder().appendingPathComponent("learner-pfenet.safetensors"))
        var configuration = PFENetConfiguration()
        configuration.width = 6
        let levels = [(10, 6, 8), (5, 8, 16), (5, 9, 16)].map { Level(side: $0.0, channels: $0.1, stride: $0.2) }
        let network = try PFENet(ParameterScope(), configuration, behind: Self.described(levels))
        Formulas.randomise(network)
        let query = Self.maps("q", levels)
        let supports = (0..<shots).map { Self.support("s", "\($0)", levels) }
        let scores = network.scores(query: query, supports: supports) { map, _ in map }
        expectEqual(scores.main, try golden.tensor("\(shots).scores"), "scores")
        for (index, found) in scores.auxiliary.enumerated() {
            expectEqual(found, try golden.tensor("\(shots).inner.\(index)"), "scale \(index)")
        }
        try expectGradients(of: scores.loss(Self.target), network, golden, "\(shots).")
        let priors = supports.map { PriorMask.map(query[2], $0.levels[2], mask: $0.mask) }
        let mean = priors.dropFirst().reduce(priors[0]) { $0 + $1 } / Float(shots)
        expectEqual(mean, try golden.tensor("\(shots).prior"), "prior")
    }

    @Test("Behind the published backbones parameters have the published names and shapes")
    func names() throws {
        let text = try String(contentsOf: Self.folder().appendingPathComponent("learner-keys.txt"), encoding: .utf8)
        let golden = Dictionary(grouping: text.split(separator: "\n").map { $0.split(separator: " ") }, by: { $0[0] })
            .mapValues { lines in Set(lines.map { "\($0[1]) \($0[2])" }) }
        let backbones: [(String, String)] = [
            ("hsnet-resnet50", "resnet50-torchvision"), ("hsnet-resnet101", "resnet101-torchvision"),
            ("hsnet-vgg16", "vgg16-torchvision"), ("pfenet-resnet50", "resnet50-pfenet"), ("pfenet-vgg16", "vgg16_bn-pfenet"),
        ]
        for (name, backbone) in backbones {
            var description = try Backbones.description(named: backbone)
            let architecture = String(name.prefix { $0 != "-" })
            let family = try FewShotSettings(architecture: architecture).network
            description.taps = family.taps(of: description.network)
            let levels = try description.makeBackbone(ParameterScope(.loading)).levels
            let network = try family.makeNetwork(ParameterScope(.loading), behind: levels, precision: .float32)
            let own = network.parameters.map { "\($0.path) \($0.shape.map(String.init).joined(separator: ","))" }
            #expect(Set(own) == golden[Substring(name)], "\(name)")
        }
    }

    @Test("HSNet sorts maps by layer, by stride or one a stage, and squeezes each to one grid")
    func stages() throws {
        func stages(_ levels: [FeatureLevel]) throws -> [[Int]] {
            try HypercorrelationStages(levels).stages.map { Array($0.levels) }
        }
        let small = [Self.level("layer2.1", 8, 8), Self.level("layer3.1", 8, 16), Self.level("layer3.2", 8, 16)]
        #expect(try stages(small) == [[2], [1], [0]])
        let dilated = ["layer2.0", "layer2.1", "layer3.0", "layer4.0"].map { Self.level($0 + ".preactivation", 8, 8) }
        #expect(try stages(dilated) == [[3], [2], [0, 1]])
        #expect(try HypercorrelationStages(small).stages.map(\.strides) == [[4, 2, 2], [4, 2, 2], [4, 4, 2]])
        for levels in [Array(small.prefix(2)), small + [Self.level("layer3.3", 8, 16)]] {
            #expect(throws: FewShotError.self) { try HypercorrelationStages(levels) }
        }
        var large = HSNetConfiguration()
        large.imageSize = 2048
        let error = #expect(throws: FewShotError.self) { try HSNet(ParameterScope(.loading), large, behind: small) }
        #expect(error?.description.contains("a smaller network.imageSize") == true, "\(String(describing: error))")
    }

    private func expectGradients(of loss: Tensor, _ network: some Module, _ golden: Goldens, _ prefix: String) throws {
        expectEqual(loss.reshaped(to: [1]), try golden.tensor("\(prefix)loss"), "loss")
        let gradients = loss.gradients()
        for parameter in network.parameters {
            let gradient = try #require(gradients[parameter], "\(parameter.path) has no gradient")
            let expected = try golden.tensor("\(prefix)gradient.\(parameter.path)")
            let problem = mismatch(gradient, expected, .elements(relative: 1e-3, absolute: 2e-5))
            #expect(problem == nil, "\(parameter.path): \(problem ?? "")")
        }
    }

    private func expectEqual(_ actual: Tensor, _ expected: Tensor, _ name: String) {
        let problem = mismatch(actual, expected, .elements(relative: 1e-3, absolute: 2e-5))
        #expect(problem == nil, "\(name): \(problem ?? "")")
    }
}
