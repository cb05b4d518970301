import Diffusion
import TensorCore

/// A denoiser: a 1x1 convolution that reads the finest conditions and never looks at the noisy mask.
final class Reader: MaskDenoiser {
    let scope = ParameterScope(seed: 2)
    let resolution = 32
    let levelCount: Int
    private let weigh: Conv2d

    init(channels: Int, levels: Int) {
        levelCount = levels
        weigh = Conv2d(scope["weigh"], inputChannels: channels, outputChannels: 1, kernelSize: 1)
    }

    func prepared(for conditions: MaskConditions, precision: Precision) -> any PreparedDenoiser {
        Answer(prediction: weigh(conditions.levels[0]).tanh())
    }

    private struct Answer: PreparedDenoiser {
        let prediction: Tensor
        func callAsFunction(_ x: Tensor, timesteps: Tensor) -> DenoiserOutput {
            DenoiserOutput(prediction: prediction.broadcast(to: x.shape))
        }
    }
}
