public import TensorCore

/// The shape of a ``SqueezeNet``.
public struct SqueezeNetConfiguration: Sendable, Hashable, Codable {
    /// The published versions.
    public enum Version: String, Sendable, Hashable, Codable {
        /// 7x7 stem of 96 channels, 1.25 M parameters.
        case v1_0 = "1.0"
        /// 3x3 stem of 64 channels and earlier pooling: the same accuracy for 2.4 times less work.
        case v1_1 = "1.1"
    }

    /// The published version.
    public var version: Version
    /// Classes of the classifier, nil for none.
    public var classes: Int?

    /// Makes a configuration.
    public init(version: Version, classes: Int? = nil) {
        self.version = version
        self.classes = classes
    }

    /// A map of stride 8, a middle one (of stride 8 in version 1.0, of 16 in 1.1), and the last of stride 16.
    public var defaultTaps: [String] {
        switch version {
        case .v1_0: ["features.9", "features.10", "features.12"]
        case .v1_1: ["features.7", "features.11", "features.12"]
        }
    }

    /// Why the values make no network, nil where they do.
    var problem: String? {
        guard let classes, !(1...1_000_000).contains(classes) else { return nil }
        return "classes must be positive, found \(classes)"
    }
}

/// SqueezeNet (Iandola et al. 2016): fire modules, a 1x1 convolution that narrows and a 1x1 and a 3x3 that widen.
///
/// The stem has no padding and pooling rounds up, as in Caffe and torchvision. State dict as torchvision's `SqueezeNet`:
/// `features.0`, `features.{i}.{squeeze,expand1x1,expand3x3}`, `classifier.1`. Taps: the stem, every pooling and every fire module.
public final class SqueezeNet: ImageClassifier, StagedBackbone {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    /// The network's shape.
    public let configuration: SqueezeNetConfiguration
    let stages: [any NetworkStage]
    let plan: TapPlan
    private let classifier: ConvolutionUnit?

    /// Registers a network with PyTorch's default initial distribution.
    ///
    /// - Throws: ``BackboneError`` where configuration or taps make no backbone.
    public init(
        _ scope: ParameterScope = ParameterScope(), _ configuration: SqueezeNetConfiguration, _ settings: BackboneSettings
    ) throws(BackboneError) {
        if let problem = configuration.problem { throw .configuration(backbone: settings.name, reason: problem) }
        self.scope = scope
        self.configuration = configuration
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        let layout = Layout(configuration.version)
        let features = scope["features"]
        let stem = Conv2d(
            features[0], inputChannels: 3, outputChannels: layout.stemChannels, kernelSize: Size2D(layout.stemKernel),
            ConvolutionOptions(stride: 2))
        let reversed = settings.preprocessing.channelOrder == .bgr
        var stages: [any NetworkStage] = [
            ConvolutionStage(
                unit: ConvolutionUnit(stem, nil, .relu, readsReversedChannels: reversed),
                output: FeatureLevel(tap: "features.0", channels: layout.stemChannels, stride: 2))
        ]
        var channels = layout.stemChannels
        var stride = 2
        for (offset, fire) in layout.modules.enumerated() {
            let index = offset + 2
            guard let (squeezed, expanded) = fire else {
                stride *= 2
                let output = FeatureLevel(tap: "features.\(index)", channels: channels, stride: stride)
                let options = PoolingOptions(kernel: 3, stride: 2, ceilMode: true)
                stages.append(MaxPoolStage(options: options, output: output))
                continue
            }
            let output = FeatureLevel(tap: "features.\(index)", channels: 2 * expanded, stride: stride)
            stages.append(FireModule(features[index], inputs: channels, squeezed: squeezed, expanded: expanded, output))
            channels = 2 * expanded
        }
        self.stages = stages
        plan = try TapPlan(settings.taps ?? configuration.defaultTaps, of: stages, backbone: settings.name)
        classifier = configuration.classes.map { classes in
            let layer = Conv2d(scope["classifier"][1], inputChannels: channels, outputChannels: classes, kernelSize: 1)
            return ConvolutionUnit(layer, nil, .relu)
        }
    }

    public var levels: [FeatureLevel] { plan.levels }
    public var classCount: Int? { configuration.classes }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] { tappedMaps(images, train: train) }

    public func logits(_ images: Tensor, train: Bool) -> Tensor {
        guard let classifier else { preconditionFailure("\(name).logits: the network was made without classes") }
        return classifier(finalMap(images, train: train), train: train).globalAveragePool2d()
    }

    /// The published tables; nil is a pooling.
    private struct Layout {
        let stemChannels: Int
        let stemKernel: Int
        let modules: [(Int, Int)?]

        init(_ version: SqueezeNetConfiguration.Version) {
            switch version {
            case .v1_0:
                (stemChannels, stemKernel) = (96, 7)
                modules = [
                    nil, (16, 64), (16, 64), (32, 128), nil, (32, 128), (48, 192), (48, 192), (64, 256), nil, (64, 256),
                ]
            case .v1_1:
                (stemChannels, stemKernel) = (64, 3)
                modules = [
                    nil, (16, 64), (16, 64), nil, (32, 128), (32, 128), nil, (48, 192), (48, 192), (64, 256), (64, 256),
                ]
            }
        }
    }
}

/// Narrow, then widen twice and join.
private struct FireModule: NetworkStage {
    private let squeeze: ConvolutionUnit
    private let expand1x1: ConvolutionUnit
    private let expand3x3: ConvolutionUnit
    private let output: FeatureLevel

    init(_ scope: ParameterScope, inputs: Int, squeezed: Int, expanded: Int, _ output: FeatureLevel) {
        func unit(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int) -> ConvolutionUnit {
            let layer = Conv2d(
                scope[name], inputChannels: inputs, outputChannels: outputs, kernelSize: Size2D(kernel),
                ConvolutionOptions(padding: EdgeInsets2D(kernel / 2)))
            return ConvolutionUnit(layer, nil, .relu)
        }
        squeeze = unit("squeeze", inputs, squeezed, kernel: 1)
        expand1x1 = unit("expand1x1", squeezed, expanded, kernel: 1)
        expand3x3 = unit("expand3x3", squeezed, expanded, kernel: 3)
        self.output = output
    }

    var outputs: [FeatureLevel] { [output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let narrow = squeeze(x, train: train)
        let parts = [expand1x1(narrow, train: train), expand3x3(narrow, train: train)]
        let y = Tensor.concatenated(parts, axis: 3)
        taps.record(output.tap, y)
        return y
    }
}
