public import TensorCore

/// VGG (Simonyan and Zisserman 2015) without its fully connected layers.
///
/// State dict as torchvision's `VGG`: `features.{i}`, counting activations and poolings. Taps: every convolution, rectified.
public struct VGG: StagedFamily {
    public static let family = "vgg"

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
    public static let vgg16 = VGG(
        groups: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]])

    /// Entries of `features` that a convolution takes with what follows it.
    private var step: Int { usesBatchNorm ? 3 : 2 }

    /// The last convolution of stride 8, and the last two of stride 16.
    public var defaultTaps: [String] {
        guard groups.count >= 5, groups[4].count >= 2 else { return [] }
        func tap(group: Int, convolution: Int) -> String {
            let before = groups[..<group].reduce(0) { $0 + $1.count * step + 1 }
            return "features.\(before + convolution * step)"
        }
        let deep = groups[4].count
        return [
            tap(group: 3, convolution: groups[3].count - 1), tap(group: 4, convolution: deep - 2),
            tap(group: 4, convolution: deep - 1),
        ]
    }

    public static let ranges: ConfigurationRanges = [
        "groups": .list(.list(.whole(1...8192), count: 1...16), count: 1...6)
    ]

    /// Every pooling needs two pixels.
    public var inputRule: InputRule { InputRule(minimum: 1 << groups.count) }

    public func build(_ network: inout NetworkLayout) {
        let features = network.scope["features"]
        var index = 0
        for group in groups {
            for width in group {
                network.convolution(
                    features[index], norm: usesBatchNorm ? features[index + 1] : nil, outputs: width, tap: "features.\(index)",
                    .init(kernel: 3, bias: true))
                index += step
            }
            network.maxPool(PoolingOptions(kernel: 2))
            index += 1
        }
    }
}

extension VGG {
    public static let presets = [BackbonePreset("vgg16-torchvision", fileName: "vgg16_features", vgg16, .torchvision)]

    /// Gaps between the numbers of convolutions tell where poolings are.
    public static func detected(in weights: WeightsIndex) -> [VGG] {
        var found = VGG(groups: [[]], usesBatchNorm: weights["features.1.running_mean"] != nil)
        var index = 0
        while let width = weights.outputs(of: "features.\(index)") {
            found.groups[found.groups.count - 1].append(width)
            index += found.step
            guard weights.outputs(of: "features.\(index)") == nil else { continue }
            index += 1
            if weights.outputs(of: "features.\(index)") != nil { found.groups.append([]) }
        }
        return [found]
    }
}

extension NetworkConfiguration {
    /// A VGG.
    public static func vgg(_ shape: VGG) -> NetworkConfiguration { NetworkConfiguration(shape) }
}
