public import SegModels
public import TensorCore

/// The settings of a ``PFENet``. The defaults are the published network's (Tian et al., TPAMI 2020).
public struct PFENetConfiguration: FewShotFamily {
    public static let architecture = "pfenet"
    public static let title = "PFENet"
    public static let version = 1

    /// SGD of momentum 0.9 at 2.5e-3, falling as a polynomial of power 0.9, 4 episodes a step, mirrored at random.
    public static var training: FewShotTrainingConfiguration {
        var training = FewShotTrainingConfiguration()
        training.optimizer = .sgd
        training.learningRate = 2.5e-3
        training.decayPower = 0.9
        training.weightDecay = 1e-4
        training.batchSize = 4
        training.flips = true
        return training
    }

    /// The square that photos are resized to, in pixels.
    public var imageSize = 473
    /// Channels of all that is learned.
    public var width = 256
    /// Sides of the squares that features are enriched at; none for the map's side and its halves, three times. With the published
    /// backbone and image size these are 60, 30, 15 and 8.
    public var scales: [Int] = []
    /// The share of channels of the reduced features that training drops.
    public var featureDropout: Float = 0.5
    /// The share of channels before a classifier that training drops.
    public var headDropout: Float = 0.1
    /// What the mean loss of the scales counts beside the last one's.
    public var auxiliaryWeight: Float = 1

    /// The published network.
    public init() {}

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static let ranges: ConfigurationRanges = [
        "imageSize": .whole(32...2048), "width": .whole(1...4096), "scales": .list(.whole(1...1024), count: 0...8),
        "featureDropout": .real(0...0.99), "headDropout": .real(0...0.99), "auxiliaryWeight": .real(0...1000),
    ]

    /// The maps that the published network reads: of a ResNet the ends of layer2, layer3 and layer4, of VGG-16 the third and fourth
    /// pooling and the last convolution.
    public func taps(of network: NetworkConfiguration) -> [String]? {
        if let shape = network.shape as? ResNet, shape.blocks.count == 4 {
            return (1...3).map { "layer\($0 + 1).\(shape.blocks[$0] - 1)" }
        }
        guard let shape = network.shape as? VGG, shape.groups.count == 5 else { return nil }
        let step = shape.usesBatchNorm ? 3 : 2
        func first(_ group: Int) -> Int { shape.groups[..<group].reduce(0) { $0 + $1.count * step + 1 } }
        return ["features.\(first(3) - 1)", "features.\(first(4) - 1)", "features.\(first(5) - 1 - step)"]
    }

    public func makeNetwork(
        _ scope: ParameterScope, behind levels: [FeatureLevel], precision: Precision
    ) throws(FewShotError) -> any FewShotNetwork { try PFENet(scope, self, behind: levels, precision: precision) }
}
