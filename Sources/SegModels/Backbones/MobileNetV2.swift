public import TensorCore

/// The shape of a ``MobileNetV2``.
public struct MobileNetV2Configuration: Sendable, Hashable, Codable {
    /// Where the zeros around images go: ``PaddingStyle/tensorFlow`` for weights that TensorFlow trained.
    public var padding: PaddingStyle
    /// Multiplies all channels (rounded to multiples of eight); 1 is the published network.
    public var widthMultiplier: Double
    /// Classes of the classifier, nil for none.
    public var classes: Int?

    /// Makes a configuration.
    public init(padding: PaddingStyle = .symmetric, widthMultiplier: Double = 1, classes: Int? = nil) {
        self.padding = padding
        self.widthMultiplier = widthMultiplier
        self.classes = classes
    }

    /// The widened maps just before the strides to 16 and 32, and one of the middle of stride 16. Their rectified
    /// channels tell classes apart better than the linear bottlenecks between them.
    public var defaultTaps: [String] { ["features.7.conv.0", "features.13.conv.0", "features.14.conv.0"] }

    /// `channels` times the multiplier, to a multiple of eight that loses at most a tenth.
    func scaled(_ channels: Int) -> Int {
        let exact = Double(channels) * widthMultiplier
        let rounded = max(8, Int(exact + 4) / 8 * 8)
        return Double(rounded) < 0.9 * exact ? rounded + 8 : rounded
    }

    /// Why the values make no network, nil where they do.
    var problem: String? {
        guard (0.05...10).contains(widthMultiplier) else { return "widthMultiplier must be 0.05...10, found \(widthMultiplier)" }
        guard let classes, !(1...1_000_000).contains(classes) else { return nil }
        return "classes must be positive, found \(classes)"
    }
}

/// MobileNetV2 (Sandler et al. 2018): inverted residuals with linear bottlenecks and depthwise convolutions.
///
/// State dict as torchvision's `MobileNetV2`: `features.0.{0,1}`, `features.{1-17}.conv.*`, `features.18.{0,1}`,
/// `classifier.1`. Taps: `features.{i}` and the widening convolution inside, `features.{i}.conv.0`.
public final class MobileNetV2: ImageClassifier, StagedBackbone {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    /// The network's shape.
    public let configuration: MobileNetV2Configuration
    let stages: [any NetworkStage]
    let plan: TapPlan
    private let classifier: Linear?

    /// Expansion, channels, blocks and first stride, as published.
    private static let layout = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    /// Registers a network with He's initial distribution.
    ///
    /// - Throws: ``BackboneError`` where configuration or taps make no backbone.
    public init(
        _ scope: ParameterScope = ParameterScope(), _ configuration: MobileNetV2Configuration, _ settings: BackboneSettings
    ) throws(BackboneError) {
        if let problem = configuration.problem { throw .configuration(backbone: settings.name, reason: problem) }
        self.scope = scope
        self.configuration = configuration
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        let features = scope["features"]
        var channels = configuration.scaled(32)
        let stem = mobileUnit(
            features[0][0], features[0][1], (3, channels), kernel: 3, stride: 2, .relu6, padding: configuration.padding,
            reversed: settings.preprocessing.channelOrder == .bgr)
        var stages: [any NetworkStage] = [
            ConvolutionStage(unit: stem, output: FeatureLevel(tap: "features.0", channels: channels, stride: 2))
        ]
        var totalStride = 2
        for (expansion, width, count, firstStride) in Self.layout {
            for block in 0..<count {
                let stride = block == 0 ? firstStride : 1
                let index = stages.count
                let geometry = InvertedResidual.Geometry(
                    inputs: channels, outputs: configuration.scaled(width), expansion: expansion, stride: stride,
                    inputStride: totalStride)
                stages.append(
                    InvertedResidual(
                        features[index]["conv"], geometry, padding: configuration.padding, path: "features.\(index)"))
                channels = geometry.outputs
                totalStride *= stride
            }
        }
        let last = configuration.widthMultiplier > 1 ? configuration.scaled(1280) : 1280
        let index = stages.count
        stages.append(
            ConvolutionStage(
                unit: mobileUnit(features[index][0], features[index][1], (channels, last), kernel: 1, .relu6),
                output: FeatureLevel(tap: "features.\(index)", channels: last, stride: totalStride)))
        self.stages = stages
        plan = try TapPlan(settings.taps ?? configuration.defaultTaps, of: stages, backbone: settings.name)
        classifier = configuration.classes.map { Linear(scope["classifier"][1], inputs: last, outputs: $0) }
    }

    public var levels: [FeatureLevel] { plan.levels }
    public var classCount: Int? { configuration.classes }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] { tappedMaps(images, train: train) }

    public func logits(_ images: Tensor, train: Bool) -> Tensor {
        guard let classifier else { preconditionFailure("\(name).logits: the network was made without classes") }
        return classifier(finalMap(images, train: train).globalAveragePool2d())
    }
}

/// Convolution without bias, batch normalisation, activation.
private func mobileUnit(
    _ convolution: ParameterScope, _ norm: ParameterScope, _ channels: (Int, Int), kernel: Int, stride: Int = 1,
    groups: Int = 1, _ activation: UnitActivation, padding: PaddingStyle = .symmetric, reversed: Bool = false
) -> ConvolutionUnit {
    let layer = Conv2d(
        convolution, inputChannels: channels.0, outputChannels: channels.1, kernelSize: Size2D(kernel),
        ConvolutionOptions(stride: Size2D(stride), padding: EdgeInsets2D(kernel / 2), groups: groups), bias: false,
        initializer: .kaimingNormal(.fanOut))
    return ConvolutionUnit(
        layer, BatchNorm2d(norm, channels: channels.1), activation, padding: padding, readsReversedChannels: reversed)
}

/// Widen, filter every channel, narrow without activation; added to its input where the shapes agree.
private struct InvertedResidual: NetworkStage {
    struct Geometry {
        var inputs: Int
        var outputs: Int
        var expansion: Int
        var stride: Int
        var inputStride: Int
    }

    private let widen: ConvolutionUnit?
    private let filter: ConvolutionUnit
    private let narrow: ConvolutionUnit
    private let isResidual: Bool
    private let widened: FeatureLevel
    private let output: FeatureLevel

    init(_ scope: ParameterScope, _ geometry: Geometry, padding: PaddingStyle, path: String) {
        let width = geometry.inputs * geometry.expansion
        var position = 0
        if geometry.expansion != 1 {
            widen = mobileUnit(scope[0][0], scope[0][1], (geometry.inputs, width), kernel: 1, .relu6)
            position = 1
        } else {
            widen = nil
        }
        filter = mobileUnit(
            scope[position][0], scope[position][1], (width, width), kernel: 3, stride: geometry.stride, groups: width, .relu6,
            padding: padding)
        narrow = mobileUnit(scope[position + 1], scope[position + 2], (width, geometry.outputs), kernel: 1, .none)
        isResidual = geometry.stride == 1 && geometry.inputs == geometry.outputs
        widened = FeatureLevel(tap: path + ".conv.0", channels: width, stride: geometry.inputStride)
        output = FeatureLevel(tap: path, channels: geometry.outputs, stride: geometry.inputStride * geometry.stride)
    }

    var outputs: [FeatureLevel] { widen == nil ? [output] : [widened, output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        var y = x
        if let widen {
            y = widen(x, train: train)
            taps.record(widened.tap, y)
            if taps.isComplete { return y }
        }
        y = narrow(filter(y, train: train), residual: isResidual ? x : nil, train: train)
        taps.record(output.tap, y)
        return y
    }
}
