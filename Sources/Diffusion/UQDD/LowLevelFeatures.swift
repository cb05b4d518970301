internal import TensorCore

/// Low-level feature enhancement (LFE, section 4.7.4): features of the backbone's first blocks join those of the U-Net's finest
/// level through one convolution. It gains detail and binds the decoder to a backbone.
///
/// `f + conv(concat(f, silu(norm(conv1x1 features))))`; the last convolution starts at zero, so that training begins at the decoder
/// without it.
final class LowLevelFeatures: Module {
    let scope: ParameterScope
    private let project: Conv2d
    private let norm: GroupNorm
    private let fuse: Conv2d

    init(_ scope: ParameterScope, _ configuration: UQDDConfiguration) {
        self.scope = scope
        let width = configuration.channels[0]
        project = Conv2d(
            scope["project"], inputChannels: configuration.lowLevelChannels, outputChannels: width, kernelSize: 1)
        norm = GroupNorm(scope["norm"], groups: configuration.groups, channels: width)
        fuse = Conv2d(
            scope["fuse"], inputChannels: 2 * width, outputChannels: width, kernelSize: 3, ConvolutionOptions(padding: 1),
            initializer: .zeros)
    }

    /// The part that the query alone determines: `[N, h, w, C]` to `[N, side, side, width]`.
    func projected(_ features: Tensor, side: Int) -> Tensor {
        norm(project(features).resized(to: Size2D(side), .bilinear), activation: .silu)
    }

    /// Joins both, `[M, side, side, width]`; one query serves any number of samples.
    func fused(_ f: Tensor, _ projected: Tensor) -> Tensor {
        fuse(.concatenated([f, projected.broadcast(to: f.shape)], axis: 3), residual: f)
    }
}
