internal import TensorCore

/// Averages of a map over coarse grids, brought back to its size and put behind its channels.
///
/// `[N, h, w, C]` becomes `[N, h, w, C + bins * (C / bins)]`. State: `features.{bin}.1` and `.2`, semseg's names.
final class PyramidPooling: Sendable {
    private let branches: [(bin: Int, unit: ConvolutionUnit)]

    init(_ scope: ParameterScope, channels: Int, bins: [Int]) {
        let features = scope["features"]
        branches = bins.enumerated().map { index, bin in
            let unit = ConvolutionUnit(
                features[index][1], norm: features[index][2], inputs: channels, outputs: max(channels / bins.count, 1),
                .init(kernel: 1))
            return (bin, unit)
        }
    }

    /// Channels of the result.
    static func outputs(channels: Int, bins: [Int]) -> Int { channels + bins.count * max(channels / bins.count, 1) }

    func callAsFunction(_ x: Tensor, train: Bool) -> Tensor {
        let size = Size2D(height: x.shape[1], width: x.shape[2])
        let pooled = branches.map { bin, unit in
            unit(x.resized(to: Size2D(bin), .area), train: train).resized(to: size, .bilinear, alignCorners: true)
        }
        return .concatenated([x] + pooled, axis: 3)
    }
}
