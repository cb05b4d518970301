import Diffusion
import TensorCore

/// A sampler: what the network says of pure noise, and nothing more.
struct OneStep: MaskSampler {
    func sample(
        _ process: DiffusionProcess, noise: Tensor, expectation: Tensor?, random: inout TorchRandom,
        onStep: (SamplingStep) throws -> Void, denoise: (Tensor, Int) throws -> Tensor
    ) throws -> Tensor {
        let last = process.schedule.count - 1
        let noisy = process.shifted(noise, by: expectation, at: last, sign: 1)
        let clean = process.clean(from: try denoise(noisy, last), centred: noise, at: last)
        try onStep(SamplingStep(index: 0, timestep: last, noisy: noisy, clean: clean))
        return clean
    }
}
