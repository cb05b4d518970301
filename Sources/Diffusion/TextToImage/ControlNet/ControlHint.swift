internal import Foundation
internal import TensorCore

/// A picture as features of the latent's size: 3x3 convolutions with SiLU. State: `conv_in`, `blocks.{i}`, `conv_out`.
///
/// New ones begin at He's distribution and not, as published, at PyTorch's with zeros in `conv_out`: there, outlines on black shrink to a
/// third in each convolution, and a thousand steps do not make up for it. A new ControlNet adds nothing all the same, as the convolutions
/// behind its trunk begin at zero.
final class ControlHint: Module {
    let scope: ParameterScope
    private let inward: Conv2d
    private let blocks: [Conv2d]
    private let outward: Conv2d

    init(_ scope: ParameterScope, channels: [Int], outputs: Int) {
        self.scope = scope
        func conv(_ scope: ParameterScope, _ inputs: Int, _ outputs: Int, stride: Int = 1) -> Conv2d {
            Conv2d(
                scope, inputChannels: inputs, outputChannels: outputs, kernelSize: 3,
                ConvolutionOptions(stride: Size2D(stride), padding: 1), initializer: .kaimingNormal(.fanIn))
        }
        inward = conv(scope["conv_in"], 3, channels[0])
        let pairs = zip(channels, channels.dropFirst()).flatMap { [($0, $0, 1), ($0, $1, 2)] }
        blocks = pairs.enumerated().map { index, pair in
            conv(scope["blocks"][index], pair.0, pair.1, stride: pair.2)
        }
        outward = conv(scope["conv_out"], channels[channels.count - 1], outputs)
    }

    func callAsFunction(_ picture: Tensor) -> Tensor {
        outward(blocks.reduce(inward(picture, activation: .silu)) { $1($0, activation: .silu) })
    }
}

extension ControlNet {
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
