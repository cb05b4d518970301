public import TensorCore

/// SqueezeNet (Iandola et al. 2016): fire modules, a 1x1 convolution that narrows and a 1x1 and a 3x3 that widen.
///
/// The stem has no padding and pooling rounds up, as in Caffe and torchvision. State dict as torchvision's `SqueezeNet`:
/// `features.0`, `features.{i}.{squeeze,expand1x1,expand3x3}`, `classifier.1`. Taps: the stem, every pooling and every fire module.
public struct SqueezeNet: StagedFamily {
    public static let family = "squeezenet"

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

    public static let ranges: ConfigurationRanges = ["classes": classesRange]

    /// Stem and poolings need whole windows.
    public var inputRule: InputRule { InputRule(minimum: 32) }

    public func build(_ network: inout NetworkLayout) {
        let layout = Layout(version)
        let features = network.scope["features"]
        network.convolution(
            features[0], outputs: layout.stemChannels, tap: "features.0",
            .init(kernel: layout.stemKernel, stride: 2, isPadded: false, bias: true, initializer: .torchDefault))
        for (offset, module) in layout.modules.enumerated() {
            // The stem's activation is number 1.
            let index = offset + 2
            let path = "features.\(index)"
            guard let (squeezed, expanded) = module else {
                network.maxPool(PoolingOptions(kernel: 3, stride: 2, ceilMode: true), tap: path)
                continue
            }
            let output = network.level(path, channels: 2 * expanded)
            network.append(
                FireModule(features[index], inputs: network.channels, squeezed: squeezed, expanded: expanded, output),
                channels: output.channels)
        }
        guard let classes else { return }
        let head = ConvolutionUnit(
            network.scope["classifier"][1], inputs: network.channels, outputs: classes,
            .init(kernel: 1, bias: true, initializer: .torchDefault))
        network.classify(classes) { map, train in head(map, train: train).globalAveragePool2d() }
    }

    /// The published tables; nil is a pooling.
    private struct Layout {
        let stemChannels: Int
        let stemKernel: Int
        let modules: [(Int, Int)?]

        init(_ version: Version) {
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

extension SqueezeNet {
    public static let presets = [
        BackbonePreset(
            "squeezenet1_0-caffe", fileName: "squeezenet1_0_imagenet", SqueezeNet(version: .v1_0, classes: 1000), .caffeRounded),
        BackbonePreset(
            "squeezenet1_1-keras", fileName: "squeezenet1_1_imagenet_features", SqueezeNet(version: .v1_1), .caffe),
        BackbonePreset(
            "squeezenet1_0-torchvision", fileName: "squeezenet1_0", SqueezeNet(version: .v1_0, classes: 1000), .torchvision),
        BackbonePreset(
            "squeezenet1_1-torchvision", fileName: "squeezenet1_1", SqueezeNet(version: .v1_1, classes: 1000), .torchvision),
    ]

    /// The stem's channels tell the version.
    public static func detected(in weights: WeightsIndex) -> [SqueezeNet] {
        [Version.v1_0, .v1_1].filter { Layout($0).stemChannels == weights.outputs(of: "features.0") }
            .map { SqueezeNet(version: $0, classes: weights.outputs(of: "classifier.1")) }
    }
}

extension NetworkConfiguration {
    /// A SqueezeNet.
    public static func squeezeNet(_ shape: SqueezeNet) -> NetworkConfiguration { NetworkConfiguration(shape) }
}
