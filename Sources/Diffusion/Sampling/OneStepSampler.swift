public import TensorCore

/// What the network makes of pure noise at the last timestep, and nothing more: the whole draw of a generator, and what a diffusion
/// decoder's further steps are measured against.
public struct OneStepSampler: MaskSampler, Hashable {
    /// Makes a sampler; it has no settings.
    public init() {}

    public var stepCount: Int { 1 }

    public func sample(
        _ process: DiffusionProcess, noise: Tensor, expectation: Tensor?, random: inout TorchRandom,
        onStep: (SamplingStep) throws -> Void, denoise: (Tensor, Int) throws -> Tensor
    ) throws -> Tensor {
        let walk = ReverseWalk(process, steps: 1, spacing: .trailing)
        return try walk(noise, expectation: expectation, onStep: onStep, denoise: denoise) { $0.noisy }
    }
}
