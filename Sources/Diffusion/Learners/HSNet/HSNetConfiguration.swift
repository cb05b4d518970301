public import SegModels
public import TensorCore

/// The settings of an ``HSNet``. The defaults are the published network's (Min, Kang and Cho, ICCV 2021).
public struct HSNetConfiguration: FewShotFamily {
    public static let architecture = "hsnet"
    public static let title = "HSNet"
    public static let version = 1

    /// Adam at 1e-3 without decay and augmentation, 20 episodes a step.
    public static var training: FewShotTrainingConfiguration {
        var training = FewShotTrainingConfiguration()
        training.optimizer = .adam
        training.learningRate = 1e-3
        training.batchSize = 20
        return training
    }

    /// The square that photos are resized to, in pixels.
    public var imageSize = 400
    /// Channels after the three squeezing layers; the last is the width of mixing and decoding, the second that of the decoder's end.
    public var channels = [16, 64, 128]
    /// Groups of every normalisation.
    public var groups = 4

    /// The published network.
    public init() {}

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static let ranges: ConfigurationRanges = [
        "imageSize": .whole(32...2048), "channels": .list(.whole(1...1024), count: 3...3), "groups": .whole(1...1024),
    ]

    public func validateRelations(source: String) throws(ConfigurationError) {
        try ConfigurationError.check(
            channels.allSatisfy { $0 % groups == 0 }, source, "groups", found: groups, expected: "a divisor of \(channels)")
    }

    /// The maps that the published network reads: of a ResNet every block of the last three layers before its last ReLU, of VGG-16 what
    /// follows from its fourth group of convolutions on, before ReLU, and the last pooling.
    public func taps(of network: NetworkConfiguration) -> [String]? {
        if let shape = network.shape as? ResNet, shape.blocks.count == 4 {
            return (1...3).flatMap { layer in
                (0..<shape.blocks[layer]).map { "layer\(layer + 1).\($0).preactivation" }
            }
        }
        guard let shape = network.shape as? VGG, shape.groups.count == 5 else { return nil }
        let step = shape.usesBatchNorm ? 3 : 2
        func first(_ group: Int) -> Int { shape.groups[..<group].reduce(0) { $0 + $1.count * step + 1 } }
        let convolutions = (3...4).flatMap { group in
            shape.groups[group].indices.map { "features.\(first(group) + $0 * step).preactivation" }
        }
        return convolutions + ["features.\(first(5) - 1)"]
    }

    public func makeNetwork(
        _ scope: ParameterScope, behind levels: [FeatureLevel], precision: Precision
    ) throws(FewShotError) -> any FewShotNetwork { try HSNet(scope, self, behind: levels, precision: precision) }
}
