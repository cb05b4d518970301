public import TensorCore

/// ResNet (He et al. 2016): residual blocks in four layers of stride 4, 8, 16 and 32.
///
/// State dict as torchvision's `ResNet`: `conv1`, `bn1`, `layer{1-4}.{block}.{conv1,bn1,conv2,bn2,conv3,bn3}`,
/// `layer{L}.0.downsample.{0,1}`, `fc`. Taps: `bn1` and every block, after the last activation.
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

    /// Makes a configuration.
    public init(
        block: Block, blocks: [Int], width: Int = 64, stridePlacement: StridePlacement = .conv2, classes: Int? = nil
    ) {
        self.block = block
        self.blocks = blocks
        self.width = width
        self.stridePlacement = stridePlacement
        self.classes = classes
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
    ]

    public func build(_ network: inout NetworkLayout) {
        let scope = network.scope
        network.convolution(scope["conv1"], norm: scope["bn1"], outputs: width, tap: "bn1", .init(kernel: 7, stride: 2))
        network.maxPool(PoolingOptions(kernel: 3, stride: 2, padding: 1))
        for (layer, count) in blocks.enumerated() {
            let layerWidth = width << layer
            let outputs = layerWidth * block.expansion
            for index in 0..<count {
                let path = "layer\(layer + 1)"
                let stride = index == 0 && layer > 0 ? 2 : 1
                let output = network.level("\(path).\(index)", channels: outputs, stride: stride)
                network.append(
                    ResidualBlock(
                        scope[path][index], self, inputs: network.channels, width: layerWidth, stride: stride, output),
                    channels: outputs, stride: stride)
            }
        }
        network.classify(scope["fc"], classes: classes)
    }
}
