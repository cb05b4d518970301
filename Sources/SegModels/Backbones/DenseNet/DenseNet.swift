public import TensorCore

/// DenseNet (Huang et al. 2017): every layer reads what all layers of its block before it have made.
///
/// State dict as torchvision's `DenseNet`: `features.{conv0,norm0}`,
/// `features.denseblock{b}.denselayer{l}.{norm1,conv1,norm2,conv2}`, `features.transition{b}.{norm,conv}`,
/// `features.norm5`, `classifier`. Taps: `norm1` of every layer and `norm` of every transition, rectified, and the last norm.
public struct DenseNet: StagedFamily {
    public static let family = "densenet"

    /// Layers of the dense blocks.
    public var blocks: [Int]
    /// Channels that every layer adds.
    public var growthRate: Int
    /// Channels of the stem.
    public var stemChannels: Int
    /// Width of the 1x1 convolution before every 3x3, in multiples of the growth rate.
    public var bottleneckFactor: Int
    /// Classes of the classifier, nil for none.
    public var classes: Int?

    /// Makes a configuration.
    public init(
        blocks: [Int], growthRate: Int = 32, stemChannels: Int = 64, bottleneckFactor: Int = 4, classes: Int? = nil
    ) {
        self.blocks = blocks
        self.growthRate = growthRate
        self.stemChannels = stemChannels
        self.bottleneckFactor = bottleneckFactor
        self.classes = classes
    }

    /// DenseNet-121: 8.0 M parameters with 1000 classes.
    public static let denseNet121 = DenseNet(blocks: [6, 12, 24, 16], classes: 1000)
    /// DenseNet-169: 14.1 M parameters with 1000 classes.
    public static let denseNet169 = DenseNet(blocks: [6, 12, 32, 32], classes: 1000)
    /// DenseNet-201: 20.0 M parameters with 1000 classes.
    public static let denseNet201 = DenseNet(blocks: [6, 12, 48, 32], classes: 1000)

    /// The rectified normalisations after block 2, in the middle of block 3 and after block 3: everything that these
    /// blocks have gathered, on one scale.
    public var defaultTaps: [String] {
        guard blocks.count >= 4 else { return [] }
        let middle = blocks[2] / 2 + 1
        return [
            "features.transition2.norm", "features.denseblock3.denselayer\(middle).norm1", "features.transition3.norm",
        ]
    }

    public static let ranges: ConfigurationRanges = [
        "blocks": .list(.whole(1...128), count: 1...8), "growthRate": .whole(1...1024), "stemChannels": .whole(2...4096),
        "bottleneckFactor": .whole(1...64), "classes": classesRange,
    ]

    /// Every transition needs two pixels.
    public var inputRule: InputRule { InputRule(minimum: 2 << blocks.count) }

    public func build(_ network: inout NetworkLayout) {
        let features = network.scope["features"]
        network.convolution(
            features["conv0"], norm: features["norm0"], outputs: stemChannels, tap: "features.norm0",
            .init(kernel: 7, stride: 2, initializer: .kaimingNormal(.fanIn)))
        network.maxPool(PoolingOptions(kernel: 3, stride: 2, padding: 1))
        for (index, count) in blocks.enumerated() {
            let block = "denseblock\(index + 1)"
            for layer in 1...count {
                let name = "denselayer\(layer)"
                let output = network.level("features.\(block).\(name).norm1")
                network.append(
                    NormalizedStage.layer(features[block][name], self, output), channels: network.channels + growthRate)
            }
            guard index < blocks.count - 1 else { break }
            let name = "transition\(index + 1)"
            let output = network.level("features.\(name).norm")
            network.append(NormalizedStage.transition(features[name], output), channels: network.channels / 2, stride: 2)
        }
        let norm = RectifiedNorm(BatchNorm2d(features["norm5"], channels: network.channels))
        network.append(FunctionStage(output: network.level("features.norm5")) { norm($0, train: $1) })
        network.classify(network.scope["classifier"], classes: classes)
    }
}
