internal import TensorCore

/// A latent as tokens that know their places: state `proj`, and `pos_embed`, a table of which smaller latents take the middle.
final class PatchPositions: Sendable {
    private let configuration: MMDiTConfiguration
    private let patches: Conv2d
    private let table: Parameter

    init(_ scope: ParameterScope, _ configuration: MMDiTConfiguration) {
        self.configuration = configuration
        patches = Self.patches(scope["proj"], configuration)
        let places = configuration.largestGrid * configuration.largestGrid
        table = scope.parameter("pos_embed", shape: [1, places, configuration.width], initializer: .zeros)
    }

    /// The layer that makes a token of a patch.
    static func patches(_ scope: ParameterScope, _ configuration: MMDiTConfiguration) -> Conv2d {
        let patch = configuration.patch
        return Conv2d(
            scope, inputChannels: configuration.latentChannels, outputChannels: configuration.width,
            kernelSize: Size2D(patch), ConvolutionOptions(stride: Size2D(patch)))
    }

    /// `[N, H, W, C]` to `[N, tokens, width]`.
    func callAsFunction(_ latent: Tensor) -> Tensor {
        let patch = configuration.patch
        let (batch, height, width) = (latent.shape[0], latent.shape[1] / patch, latent.shape[2] / patch)
        precondition(
            max(height, width) <= configuration.largestGrid,
            "MMDiT: \(width)x\(height) tokens, at most \(configuration.largestGrid) along a side")
        let tokens = patches(latent).reshaped(to: [batch, height * width, configuration.width])
        return tokens + grid(height, width).converted(to: latent.dtype)
    }

    /// The middle of the stored positions, `[1, height * width, D]`.
    private func grid(_ height: Int, _ width: Int) -> Tensor {
        let side = configuration.largestGrid
        let all = table.value.reshaped(to: [side, side, configuration.width])
        return all.sliced(axis: 0, from: (side - height) / 2, count: height)
            .sliced(axis: 1, from: (side - width) / 2, count: width)
            .reshaped(to: [1, height * width, configuration.width])
    }
}
