public import TensorCore

/// ResNet (He et al. 2016): residual blocks in four layers of stride 4, 8, 16 and 32.
///
/// State dict as torchvision's `ResNet`: `conv1`, `bn1`, `layer{1-4}.{block}.{conv1,bn1,conv2,bn2,conv3,bn3}`,
/// `layer{L}.0.downsample.{0,1}`, `fc`. Taps: every block, after its last activation.
public final class ResNet: ImageClassifier, StagedBackbone {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    /// The network's shape.
    public let configuration: ResNetConfiguration
    let stages: [any NetworkStage]
    let plan: TapPlan
    private let classifier: Linear?

    /// Registers a network with He's initial distribution.
    ///
    /// - Throws: ``BackboneError`` where configuration or taps make no backbone.
    public init(
        _ scope: ParameterScope = ParameterScope(), _ configuration: ResNetConfiguration, _ settings: BackboneSettings
    ) throws(BackboneError) {
        if let problem = configuration.problem { throw .configuration(backbone: settings.name, reason: problem) }
        self.scope = scope
        self.configuration = configuration
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        var stages = Self.stem(scope, configuration, reversed: settings.preprocessing.channelOrder == .bgr)
        var channels = configuration.width
        for (index, count) in configuration.blocks.enumerated() {
            let path = "layer\(index + 1)"
            for block in 0..<count {
                let geometry = ResidualGeometry(
                    inputs: channels, width: configuration.width << index, stride: block == 0 && index > 0 ? 2 : 1,
                    totalStride: 4 << index)
                stages.append(ResidualBlock(scope[path][block], configuration, geometry, path: "\(path).\(block)"))
                channels = geometry.width * configuration.block.expansion
            }
        }
        self.stages = stages
        plan = try TapPlan(settings.taps ?? configuration.defaultTaps, of: stages, backbone: settings.name)
        classifier = configuration.classes.map { Linear(scope["fc"], inputs: channels, outputs: $0) }
    }

    public var levels: [FeatureLevel] { plan.levels }
    public var classCount: Int? { configuration.classes }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] { tappedMaps(images, train: train) }

    public func logits(_ images: Tensor, train: Bool) -> Tensor {
        guard let classifier else { preconditionFailure("\(name).logits: the network was made without classes") }
        return classifier(finalMap(images, train: train).globalAveragePool2d())
    }

    private static func stem(
        _ scope: ParameterScope, _ configuration: ResNetConfiguration, reversed: Bool
    ) -> [any NetworkStage] {
        let convolution = Conv2d(
            scope["conv1"], inputChannels: 3, outputChannels: configuration.width, kernelSize: 7,
            ConvolutionOptions(stride: 2, padding: 3), bias: false, initializer: .kaimingNormal(.fanOut))
        let norm = BatchNorm2d(scope["bn1"], channels: configuration.width)
        let unit = ConvolutionUnit(convolution, norm, .relu, readsReversedChannels: reversed)
        return [
            ConvolutionStage(unit: unit, output: FeatureLevel(tap: "bn1", channels: configuration.width, stride: 2)),
            MaxPoolStage(options: PoolingOptions(kernel: 3, stride: 2, padding: 1)),
        ]
    }
}

/// The numbers of one residual block.
struct ResidualGeometry: Sendable {
    var inputs: Int
    var width: Int
    var stride: Int
    var totalStride: Int
}

/// A basic or bottleneck block: the last unit adds `shortcut(x)` before its activation.
struct ResidualBlock: NetworkStage {
    private let units: [ConvolutionUnit]
    private let shortcut: ConvolutionUnit?
    private let output: FeatureLevel

    init(_ scope: ParameterScope, _ configuration: ResNetConfiguration, _ geometry: ResidualGeometry, path: String) {
        let (width, stride) = (geometry.width, geometry.stride)
        let outputs = width * configuration.block.expansion
        func unit(_ number: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int) -> ConvolutionUnit {
            Self.unit(
                scope["conv\(number)"], scope["bn\(number)"], (inputs, outputs), kernel: kernel, stride: stride, .relu)
        }
        switch configuration.block {
        case .basic:
            units = [
                unit(1, geometry.inputs, width, kernel: 3, stride: stride),
                unit(2, width, width, kernel: 3, stride: 1),
            ]
        case .bottleneck:
            let inFirst = configuration.stridePlacement == .conv1
            units = [
                unit(1, geometry.inputs, width, kernel: 1, stride: inFirst ? stride : 1),
                unit(2, width, width, kernel: 3, stride: inFirst ? 1 : stride),
                unit(3, width, outputs, kernel: 1, stride: 1),
            ]
        }
        let changesShape = geometry.inputs != outputs || stride != 1
        let downsample = scope["downsample"]
        shortcut =
            changesShape
            ? Self.unit(downsample[0], downsample[1], (geometry.inputs, outputs), kernel: 1, stride: stride, .none) : nil
        output = FeatureLevel(tap: path, channels: outputs, stride: geometry.totalStride)
    }

    var outputs: [FeatureLevel] { [output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let residual = shortcut.map { $0(x, train: train) } ?? x
        var y = x
        for unit in units.dropLast() { y = unit(y, train: train) }
        y = units[units.count - 1](y, residual: residual, train: train)
        taps.record(output.tap, y)
        return y
    }

    private static func unit(
        _ convolution: ParameterScope, _ norm: ParameterScope, _ channels: (Int, Int), kernel: Int, stride: Int,
        _ activation: UnitActivation
    ) -> ConvolutionUnit {
        let layer = Conv2d(
            convolution, inputChannels: channels.0, outputChannels: channels.1, kernelSize: Size2D(kernel),
            ConvolutionOptions(stride: Size2D(stride), padding: EdgeInsets2D(kernel / 2)), bias: false,
            initializer: .kaimingNormal(.fanOut))
        return ConvolutionUnit(layer, BatchNorm2d(norm, channels: channels.1), activation)
    }
}
