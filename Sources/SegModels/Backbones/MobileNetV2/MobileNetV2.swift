public import TensorCore

/// MobileNetV2 (Sandler et al. 2018): inverted residuals with linear bottlenecks and depthwise convolutions.
///
/// State dict as torchvision's `MobileNetV2`: `features.0.{0,1}`, `features.{1-17}.conv.*`, `features.18.{0,1}`,
/// `classifier.1`. Taps: `features.{i}` and the widening convolution inside, `features.{i}.conv.0`.
public struct MobileNetV2: StagedFamily {
    public static let family = "mobilenet_v2"

    /// Expansion, channels, blocks and first stride, as published.
    private static let layout = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

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

    /// Channels of the last convolution, which is not narrowed.
    private var lastChannels: Int { max(scaled(1280), 1280) }

    public static let ranges: ConfigurationRanges = ["widthMultiplier": .real(0.05...10), "classes": classesRange]

    public func build(_ network: inout NetworkLayout) {
        let features = network.scope["features"]
        network.convolution(
            features[0][0], norm: features[0][1], outputs: scaled(32), tap: "features.0",
            .init(kernel: 3, stride: 2, padding: padding, activation: .relu6))
        var index = 1
        for (expansion, width, count, firstStride) in Self.layout {
            for block in 0..<count {
                let stride = block == 0 ? firstStride : 1
                let path = "features.\(index)"
                let widened = network.level(path + ".conv.0", channels: network.channels * expansion)
                let output = network.level(path, channels: scaled(width), stride: stride)
                network.append(
                    InvertedResidual(
                        features[index]["conv"], inputs: network.channels, stride: stride, padding, widened, output),
                    channels: output.channels, stride: stride)
                index += 1
            }
        }
        network.convolution(
            features[index][0], norm: features[index][1], outputs: lastChannels, tap: "features.\(index)",
            .init(kernel: 1, activation: .relu6))
        network.classify(network.scope["classifier"][1], classes: classes)
    }
}

extension MobileNetV2 {
    public static let presets = [
        BackbonePreset(
            "mobilenet_v2-keras", fileName: "mobilenet_v2_imagenet_keras_int8deq",
            MobileNetV2(padding: .tensorFlow, classes: 1000), .tensorFlow),
        BackbonePreset("mobilenet_v2-torchvision", fileName: "mobilenet_v2", MobileNetV2(classes: 1000), .torchvision),
    ]

    /// The published multipliers; both paddings fit the same tensors.
    public static func detected(in weights: WeightsIndex) -> [MobileNetV2] {
        let narrow = (weights.outputs(of: "features.0.0"), weights.outputs(of: "features.17.conv.2"))
        let multiplier = [1, 0.1, 0.25, 0.35, 0.5, 0.75, 1.3, 1.4, 2].first { multiplier in
            let shape = MobileNetV2(widthMultiplier: multiplier)
            return narrow == (shape.scaled(32), shape.scaled(320))
        }
        guard let multiplier else { return [] }
        let classes = weights.outputs(of: "classifier.1")
        return [PaddingStyle.symmetric, .tensorFlow].map { padding in
            MobileNetV2(padding: padding, widthMultiplier: multiplier, classes: classes)
        }
    }
}

extension NetworkConfiguration {
    /// A MobileNetV2.
    public static func mobileNetV2(_ shape: MobileNetV2) -> NetworkConfiguration { NetworkConfiguration(shape) }
}
