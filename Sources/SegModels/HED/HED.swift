public import TensorCore

/// Holistically-nested edge detection (Xie and Tu 2015): VGG's convolutions, and after each of its five stages a map of edges.
///
/// Two published forms have the same trunk. ``Form/controlNet`` is the network that ControlNet's authors trained (`ControlNetHED.pth`): its
/// maps' mean makes the edges. ``Form/original`` is the network of the paper, as the port to PyTorch has it (`network-bsds500.pytorch`):
/// a sixth layer joins the maps.
///
/// Shapes: pictures `[N, H, W, 3]`, RGB in 0...255, to edges `[N, H, W, 1]` in 0...1. State: `norm` (ControlNet's), `block{1...5}.convs.{i}`,
/// `block{1...5}.projection`, `combine` (the original's).
public final class HED: Module {
    /// Which of the published networks.
    public enum Form: String, Sendable, Hashable, Codable, CaseIterable {
        /// The network of ControlNet's repository.
        case controlNet = "controlnet"
        /// The network of the paper.
        case original
    }

    public let scope: ParameterScope
    /// Which network.
    public let form: Form
    private let mean: Parameter?
    private let stages: [Stage]
    private let combine: Conv2d?

    /// VGG's channels.
    public static let channels = [64, 128, 256, 512, 512]
    private static let depths = [2, 2, 3, 3, 3]
    /// The mean colour, red, green, blue, that the original takes off.
    private static let originalMean: [Float] = [122.67891434, 116.66876762, 104.00698793]

    /// Registers a network.
    ///
    /// - Parameters:
    ///   - scope: where its parameters go.
    ///   - form: which network.
    ///   - channels: of the five stages.
    /// - Precondition: five positive numbers.
    public init(_ scope: ParameterScope, _ form: Form = .controlNet, channels: [Int] = HED.channels) {
        precondition(channels.count == 5 && channels.allSatisfy { $0 > 0 }, "HED: channels of five stages, found \(channels)")
        self.scope = scope
        self.form = form
        mean = form == .controlNet ? scope.parameter("norm", shape: [1, 3, 1, 1], initializer: .zeros) : nil
        stages = channels.indices.map { index in
            Stage(
                scope["block\(index + 1)"], inputs: index == 0 ? 3 : channels[index - 1], outputs: channels[index],
                depth: Self.depths[index])
        }
        combine = form == .original ? Conv2d(scope["combine"], inputChannels: 5, outputChannels: 1, kernelSize: 1) : nil
    }

    /// Sides below this have no fifth stage.
    public static let smallestSide = 16

    /// The edges of pictures.
    ///
    /// - Parameter pictures: `[N, H, W, 3]`, RGB in 0...255, of any number type.
    /// - Precondition: sides of at least ``smallestSide``.
    public func callAsFunction(_ pictures: Tensor) -> Tensor {
        let maps = logits(pictures)
        guard let combine else {
            return (maps.dropFirst().reduce(maps[0]) { $0 + $1 } / Float(maps.count)).sigmoid()
        }
        return combine(.concatenated(maps, axis: 3)).sigmoid()
    }

    /// The five maps before the sigmoid, each at the picture's size, `[N, H, W, 1]`.
    public func logits(_ pictures: Tensor) -> [Tensor] {
        ModulePath.named("hed") {
            let size = Size2D(height: pictures.shape[1], width: pictures.shape[2])
            precondition(
                min(size.height, size.width) >= Self.smallestSide,
                "HED: sides of at least \(Self.smallestSide), found \(size.width)x\(size.height)")
            var x = centred(pictures.converted(to: .float32))
            return stages.enumerated().map { index, stage in
                if index > 0 { x = x.maxPool2d(PoolingOptions(kernel: 2)) }
                x = stage.features(x)
                return stage.projection(x).resized(to: size)
            }
        }
    }

    private func centred(_ x: Tensor) -> Tensor {
        if let mean { return x - mean.value.converted(to: .float32).reshaped(to: [3]) }
        // The original reads blue, green, red.
        return (x - Tensor(Self.originalMean, shape: [3], beside: x)).flipped(axes: [3])
    }

    /// Convolutions with ReLU, and the layer that makes a map of what they find.
    private final class Stage: Sendable {
        private let convs: [Conv2d]
        let projection: Conv2d

        init(_ scope: ParameterScope, inputs: Int, outputs: Int, depth: Int) {
            convs = (0..<depth).map { index in
                Conv2d(
                    scope["convs"][index], inputChannels: index == 0 ? inputs : outputs, outputChannels: outputs, kernelSize: 3,
                    ConvolutionOptions(padding: 1))
            }
            projection = Conv2d(scope["projection"], inputChannels: outputs, outputChannels: 1, kernelSize: 1)
        }

        func features(_ x: Tensor) -> Tensor { convs.reduce(x) { $1($0, activation: .relu) } }
    }
}
