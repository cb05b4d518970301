public import TensorCore

/// ResNet (He et al. 2016): residual blocks in four layers of stride 4, 8, 16 and 32.
///
/// State dict as torchvision's `ResNet`: `conv1`, `bn1`, `layer{1-4}.{block}.{conv1,bn1,conv2,bn2,conv3,bn3}`,
/// `layer{L}.0.downsample.{0,1}`, `fc`; a deep stem has `conv{1-3}`, `bn{1-3}`. Taps: the stem's norms, rectified; every block after
/// its last activation (`layer3.5`, what BAM and PFENet read) and before it (`layer3.5.preactivation`, what HSNet and DCAMA read).
public struct ResNet: StagedFamily {
    public static let family = "resnet"

    /// The residual block.
    public enum Block: String, Sendable, Hashable, Codable {
        /// Two 3x3 convolutions (ResNet-18, 34).
        case basic
        /// 1x1, 3x3, 1x1 with four times the width at the end (ResNet-50, 101, 152).
        case bottleneck

        var expansion: Int { self == .basic ? 1 : 4 }
    }

    /// The convolution of a bottleneck that carries the stride; basic blocks have it in their first.
    public enum StridePlacement: String, Sendable, Hashable, Codable {
        /// The first, 1x1: the paper's network, "v1", as Caffe and Keras have it.
        case conv1
        /// The second, 3x3: "v1.5", as torchvision has it.
        case conv2
    }

    /// A stem other than the paper's one 7x7 convolution.
    public enum Stem: String, Sendable, Hashable, Codable {
        /// Three 3x3 convolutions, the first with stride and the last with twice the width: "v1c", PFENet's `resnet50_v2`.
        case deep
    }

    /// The residual block.
    public var block: Block
    /// Blocks of layer1, layer2, ...; fewer than four for weights that stop early.
    public var blocks: [Int]
    /// Channels of the stem; layer `n` has `width * 2^(n - 1)`, times four for bottlenecks.
    public var width: Int
    /// Where bottlenecks have their stride.
    public var stridePlacement: StridePlacement
    /// Classes of the classifier `fc`, nil for none.
    public var classes: Int?
    /// The stem, nil for one 7x7 convolution.
    public var stem: Stem?
    /// Steps between the taps of the 3x3 convolutions of layer1, layer2, ...; a layer of more than one has no stride. Nil for none.
    public var dilations: [Int]?

    /// Makes a configuration.
    public init(
        block: Block, blocks: [Int], width: Int = 64, stridePlacement: StridePlacement = .conv2, classes: Int? = nil,
        stem: Stem? = nil, dilations: [Int]? = nil
    ) {
        self.block = block
        self.blocks = blocks
        self.width = width
        self.stridePlacement = stridePlacement
        self.classes = classes
        self.stem = stem
        self.dilations = dilations
    }

    /// ResNet-18: 11.7 M parameters with 1000 classes.
    public static let resNet18 = ResNet(block: .basic, blocks: [2, 2, 2, 2], classes: 1000)
    /// ResNet-34: 21.8 M parameters with 1000 classes.
    public static let resNet34 = ResNet(block: .basic, blocks: [3, 4, 6, 3], classes: 1000)
    /// ResNet-50: 25.6 M parameters with 1000 classes.
    public static let resNet50 = ResNet(block: .bottleneck, blocks: [3, 4, 6, 3], classes: 1000)
    /// ResNet-101: 44.5 M parameters with 1000 classes.
    public static let resNet101 = ResNet(block: .bottleneck, blocks: [3, 4, 23, 3], classes: 1000)
    /// ResNet-152: 60.2 M parameters with 1000 classes.
    public static let resNet152 = ResNet(block: .bottleneck, blocks: [3, 8, 36, 3], classes: 1000)

    /// The ResNet-50 of PFENet, BAM and their relatives: a deep stem, and dilation in place of the strides to 16 and 32.
    public static let resNet50Dilated = ResNet(
        block: .bottleneck, blocks: [3, 4, 6, 3], classes: 1000, stem: .deep, dilations: [1, 1, 2, 4])
    /// The ResNet-101 of the same family.
    public static let resNet101Dilated = ResNet(
        block: .bottleneck, blocks: [3, 4, 23, 3], classes: 1000, stem: .deep, dilations: [1, 1, 2, 4])

    /// A narrow ResNet of basic blocks that ends at layer3, to be trained from scratch on little data.
    ///
    /// With the defaults 0.98 M parameters, 3.9 MB in float32.
    public static func tiny(width: Int = 32, blocks: [Int] = [2, 2, 3], classes: Int? = nil) -> ResNet {
        ResNet(block: .basic, blocks: blocks, width: width, classes: classes)
    }

    /// The same network without what comes after layer `count`: no later layers, no classifier.
    public func endingAfterLayer(_ count: Int) -> ResNet {
        var result = self
        result.blocks = Array(blocks.prefix(count))
        result.dilations = dilations.map { Array($0.prefix(count)) }
        result.classes = nil
        return result
    }

    /// The end of layer2, a block two thirds into layer3 and the end of layer3, as far as the network has them.
    public var defaultTaps: [String] {
        guard blocks.count >= 3 else { return [] }
        let middle = max(min(blocks[2] - 2, blocks[2] * 2 / 3), 0)
        return ["layer2.\(blocks[1] - 1)", "layer3.\(middle)", "layer3.\(blocks[2] - 1)"]
    }

    public static let ranges: ConfigurationRanges = [
        "blocks": .list(.whole(1...64), count: 1...4), "width": .whole(1...1024), "classes": classesRange,
        "dilations": .list(.whole(1...64), count: 1...4),
    ]

    public func validateRelations(source: String) throws(ConfigurationError) {
        guard let dilations else { return }
        try ConfigurationError.check(
            dilations.count == blocks.count, source, "dilations", found: dilations,
            expected: "as many as the \(blocks.count) layers of blocks")
    }

    private func buildStem(_ network: inout NetworkLayout) {
        let scope = network.scope
        func convolution(_ number: Int, outputs: Int, kernel: Int, stride: Int) {
            network.convolution(
                scope["conv\(number)"], norm: scope["bn\(number)"], outputs: outputs, tap: "bn\(number)",
                .init(kernel: kernel, stride: stride))
        }
        switch stem {
        case nil: convolution(1, outputs: width, kernel: 7, stride: 2)
        case .deep:
            convolution(1, outputs: width, kernel: 3, stride: 2)
            convolution(2, outputs: width, kernel: 3, stride: 1)
            convolution(3, outputs: 2 * width, kernel: 3, stride: 1)
        }
        network.maxPool(PoolingOptions(kernel: 3, stride: 2, padding: 1))
    }

    public func build(_ network: inout NetworkLayout) {
        let scope = network.scope
        buildStem(&network)
        for (layer, count) in blocks.enumerated() {
            let layerWidth = width << layer
            let outputs = layerWidth * block.expansion
            for index in 0..<count {
                let path = "layer\(layer + 1)"
                let dilation = dilations?[layer] ?? 1
                let stride = index == 0 && layer > 0 && dilation == 1 ? 2 : 1
                let output = network.level("\(path).\(index)", channels: outputs, stride: stride)
                network.append(
                    ResidualBlock(
                        scope[path][index], self, inputs: network.channels, width: layerWidth, stride: stride,
                        dilation: dilation, output),
                    channels: outputs, stride: stride)
            }
        }
        network.classify(scope["fc"], classes: classes)
    }
}
