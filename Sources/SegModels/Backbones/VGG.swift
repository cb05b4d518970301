public import TensorCore

/// The shape of a ``VGG``.
public struct VGGConfiguration: Sendable, Hashable, Codable {
    /// Channels of the 3x3 convolutions, in groups that a 2x2 max pooling follows.
    public var groups: [[Int]]
    /// Whether every convolution is followed by a batch normalisation.
    public var usesBatchNorm: Bool

    /// Makes a configuration.
    public init(groups: [[Int]], usesBatchNorm: Bool = false) {
        self.groups = groups
        self.usesBatchNorm = usesBatchNorm
    }

    /// VGG-16's 14.7 M parameters of features.
    public static let vgg16 = VGGConfiguration(
        groups: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]])

    /// The last convolution of stride 8, and the last two of stride 16.
    public var defaultTaps: [String] {
        guard groups.count >= 5, groups[4].count >= 2 else { return [] }
        let step = usesBatchNorm ? 3 : 2
        func index(group: Int, convolution: Int) -> Int {
            let before = groups[..<group].reduce(0) { $0 + $1.count * step + 1 }
            return before + convolution * step
        }
        let deep = groups[4].count
        let indices = [
            index(group: 3, convolution: groups[3].count - 1), index(group: 4, convolution: deep - 2),
            index(group: 4, convolution: deep - 1),
        ]
        return indices.map { "features.\($0)" }
    }

    /// Why the values make no network, nil where they do.
    var problem: String? {
        guard (1...6).contains(groups.count), groups.allSatisfy({ !$0.isEmpty && $0.count <= 16 }) else {
            return "groups must be one to six lists of one to 16 channel counts, found \(groups)"
        }
        let fits = groups.joined().allSatisfy { (1...8192).contains($0) }
        return fits ? nil : "channels must be 1...8192, found \(groups)"
    }
}

/// VGG (Simonyan and Zisserman 2015) without its fully connected layers.
///
/// State dict as torchvision's `VGG`: `features.{i}`, counting activations and poolings. Taps: every convolution, rectified.
public final class VGG: StagedBackbone {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    /// The network's shape.
    public let configuration: VGGConfiguration
    let stages: [any NetworkStage]
    let plan: TapPlan

    /// Registers a network with He's initial distribution.
    ///
    /// - Throws: ``BackboneError`` where configuration or taps make no backbone.
    public init(
        _ scope: ParameterScope = ParameterScope(), _ configuration: VGGConfiguration, _ settings: BackboneSettings
    ) throws(BackboneError) {
        if let problem = configuration.problem { throw .configuration(backbone: settings.name, reason: problem) }
        self.scope = scope
        self.configuration = configuration
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        let features = scope["features"]
        let isReversed = settings.preprocessing.channelOrder == .bgr
        var stages: [any NetworkStage] = []
        var (index, channels, stride) = (0, 3, 1)
        for group in configuration.groups {
            for width in group {
                let layer = Conv2d(
                    features[index], inputChannels: channels, outputChannels: width, kernelSize: 3,
                    ConvolutionOptions(padding: 1), initializer: .kaimingNormal(.fanOut))
                let norm = configuration.usesBatchNorm ? BatchNorm2d(features[index + 1], channels: width) : nil
                let unit = ConvolutionUnit(layer, norm, .relu, readsReversedChannels: isReversed && index == 0)
                let output = FeatureLevel(tap: "features.\(index)", channels: width, stride: stride)
                stages.append(ConvolutionStage(unit: unit, output: output))
                channels = width
                index += norm == nil ? 2 : 3
            }
            stages.append(MaxPoolStage(options: PoolingOptions(kernel: 2)))
            index += 1
            stride *= 2
        }
        self.stages = stages
        plan = try TapPlan(settings.taps ?? configuration.defaultTaps, of: stages, backbone: settings.name)
    }

    public var levels: [FeatureLevel] { plan.levels }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] { tappedMaps(images, train: train) }
}
