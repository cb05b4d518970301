public import TensorCore

/// VGG (Simonyan and Zisserman 2015), with its fully connected layers where ``classes`` is given.
///
/// State dict as torchvision's `VGG`: `features.{i}`, counting activations and poolings, and `classifier.{0,3,6}`. Taps: every
/// convolution rectified (`features.17`) and, with its norm, before that (`features.17.preactivation`, what HSNet reads), and every
/// pooling (`features.30`).
public struct VGG: StagedFamily {
    public static let family = "vgg"

    /// Channels of the 3x3 convolutions, in groups that a 2x2 max pooling follows.
    public var groups: [[Int]]
    /// Whether every convolution is followed by a batch normalisation.
    public var usesBatchNorm: Bool
    /// Classes of the classifier, nil for none.
    public var classes: Int?
    /// Channels between the layers of the classifier, nil for the 4096 of the paper.
    public var hidden: Int?
    /// Whether poolings keep a last, partial window, as in PFENet's copy; nil for no.
    public var ceilMode: Bool?

    /// Makes a configuration.
    public init(
        groups: [[Int]], usesBatchNorm: Bool = false, classes: Int? = nil, hidden: Int? = nil, ceilMode: Bool? = nil
    ) {
        self.groups = groups
        self.usesBatchNorm = usesBatchNorm
        self.classes = classes
        self.hidden = hidden
        self.ceilMode = ceilMode
    }

    static let publishedHidden = 4096

    /// VGG-16's 14.7 M parameters of features.
    public static let vgg16 = VGG(
        groups: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]])

    /// VGG-16 with batch normalisation.
    public static let vgg16BN = VGG(groups: vgg16.groups, usesBatchNorm: true)

    /// Entries of `features` that a convolution takes with what follows it.
    var step: Int { usesBatchNorm ? 3 : 2 }

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
        "groups": .list(.list(.whole(1...8192), count: 1...16), count: 1...6), "classes": classesRange,
        "hidden": .whole(1...65536),
    ]

    /// Every pooling needs two pixels.
    public var inputRule: InputRule { InputRule(minimum: 1 << groups.count) }

    public func build(_ network: inout NetworkLayout) {
        let features = network.scope["features"]
        var index = 0
        for group in groups {
            for width in group {
                let output = network.level("features.\(index)", channels: width)
                network.convolution(
                    features[index], norm: usesBatchNorm ? features[index + 1] : nil, output, .init(kernel: 3, bias: true))
                index += step
            }
            network.maxPool(PoolingOptions(kernel: 2, ceilMode: ceilMode ?? false), tap: "features.\(index)")
            index += 1
        }
        guard let classes else { return }
        let (scope, width) = (network.scope["classifier"], hidden ?? VGG.publishedHidden)
        // torchvision averages whatever there is to 7x7 and reads it channel by channel.
        let side = 7
        let first = Linear(scope[0], inputs: network.channels * side * side, outputs: width)
        let second = Linear(scope[3], inputs: width, outputs: width)
        let last = Linear(scope[6], inputs: width, outputs: classes)
        network.classify(classes) { map, _ in
            let vector = map.resized(to: Size2D(side), .area).permuted([0, 3, 1, 2]).flattened(from: 1)
            return last(second(first(vector, activation: .relu), activation: .relu))
        }
    }
}
