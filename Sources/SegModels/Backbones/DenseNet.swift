public import TensorCore

/// The shape of a ``DenseNet``.
public struct DenseNetConfiguration: Sendable, Hashable, Codable {
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
    public static let denseNet121 = DenseNetConfiguration(blocks: [6, 12, 24, 16], classes: 1000)
    /// DenseNet-169: 14.1 M parameters with 1000 classes.
    public static let denseNet169 = DenseNetConfiguration(blocks: [6, 12, 32, 32], classes: 1000)
    /// DenseNet-201: 20.0 M parameters with 1000 classes.
    public static let denseNet201 = DenseNetConfiguration(blocks: [6, 12, 48, 32], classes: 1000)

    /// The rectified normalisations after block 2, in the middle of block 3 and after block 3: everything that these
    /// blocks have gathered, on one scale.
    public var defaultTaps: [String] {
        guard blocks.count >= 4 else { return [] }
        let middle = blocks[2] / 2 + 1
        return [
            "features.transition2.norm", "features.denseblock3.denselayer\(middle).norm1", "features.transition3.norm",
        ]
    }

    /// Why the values make no network, nil where they do.
    var problem: String? {
        guard (1...8).contains(blocks.count), blocks.allSatisfy({ (1...128).contains($0) }) else {
            return "blocks must be one to eight counts of 1...128, found \(blocks)"
        }
        guard (1...1024).contains(growthRate), (2...4096).contains(stemChannels), (1...64).contains(bottleneckFactor) else {
            return
                "growthRate \(growthRate), stemChannels \(stemChannels) or bottleneckFactor \(bottleneckFactor) is out of range"
        }
        guard let classes, !(1...1_000_000).contains(classes) else { return nil }
        return "classes must be positive, found \(classes)"
    }
}

/// DenseNet (Huang et al. 2017): every layer reads what all layers of its block before it have made.
///
/// State dict as torchvision's `DenseNet`: `features.{conv0,norm0}`,
/// `features.denseblock{b}.denselayer{l}.{norm1,conv1,norm2,conv2}`, `features.transition{b}.{norm,conv}`,
/// `features.norm5`, `classifier`. Taps: `norm1` of every layer and `norm` of every transition, rectified, and the last norm.
public final class DenseNet: ImageClassifier, StagedBackbone {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    /// The network's shape.
    public let configuration: DenseNetConfiguration
    let stages: [any NetworkStage]
    let plan: TapPlan
    private let classifier: Linear?

    /// Registers a network with He's initial distribution.
    ///
    /// - Throws: ``BackboneError`` where configuration or taps make no backbone.
    public init(
        _ scope: ParameterScope = ParameterScope(), _ configuration: DenseNetConfiguration, _ settings: BackboneSettings
    ) throws(BackboneError) {
        if let problem = configuration.problem { throw .configuration(backbone: settings.name, reason: problem) }
        self.scope = scope
        self.configuration = configuration
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        let features = scope["features"]
        var channels = configuration.stemChannels
        let stem = denseUnit(
            features["conv0"], features["norm0"], (3, channels), kernel: 7, stride: 2,
            reversed: settings.preprocessing.channelOrder == .bgr)
        var stages: [any NetworkStage] = [
            ConvolutionStage(unit: stem, output: FeatureLevel(tap: "features.norm0", channels: channels, stride: 2)),
            MaxPoolStage(options: PoolingOptions(kernel: 3, stride: 2, padding: 1)),
        ]
        var stride = 4
        for (index, count) in configuration.blocks.enumerated() {
            let block = "denseblock\(index + 1)"
            for layer in 1...count {
                let tap = FeatureLevel(tap: "features.\(block).denselayer\(layer).norm1", channels: channels, stride: stride)
                stages.append(DenseLayer(features[block]["denselayer\(layer)"], configuration, tap))
                channels += configuration.growthRate
            }
            guard index < configuration.blocks.count - 1 else { break }
            let name = "transition\(index + 1)"
            let tap = FeatureLevel(tap: "features.\(name).norm", channels: channels, stride: stride)
            stages.append(TransitionStage(features[name], tap))
            channels /= 2
            stride *= 2
        }
        let last = FeatureLevel(tap: "features.norm5", channels: channels, stride: stride)
        stages.append(NormStage(norm: RectifiedNorm(BatchNorm2d(features["norm5"], channels: channels)), output: last))
        self.stages = stages
        plan = try TapPlan(settings.taps ?? configuration.defaultTaps, of: stages, backbone: settings.name)
        classifier = configuration.classes.map { Linear(scope["classifier"], inputs: channels, outputs: $0) }
    }

    public var levels: [FeatureLevel] { plan.levels }
    public var classCount: Int? { configuration.classes }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] { tappedMaps(images, train: train) }

    public func logits(_ images: Tensor, train: Bool) -> Tensor {
        guard let classifier else { preconditionFailure("\(name).logits: the network was made without classes") }
        return classifier(finalMap(images, train: train).globalAveragePool2d())
    }
}
