public import TensorCore

/// How a clean mask is drawn from noise with a network's help: a walk through the reverse process.
///
/// Nothing that a sampler does waits for a result: it submits work and returns tensors.
public protocol MaskSampler: Sendable {
    /// Steps of one draw, for progress; 0 where a sampler does not say.
    var stepCount: Int { get }
    /// The same way in as few steps as its plan permits, for a first look; itself, the default, where it cannot be shorter.
    var briefest: any MaskSampler { get }

    /// Draws masks.
    ///
    /// - Parameters:
    ///   - process: what the network was trained on.
    ///   - noise: standard normal, `[N, h, w, 1]`.
    ///   - expectation: `E` of the condition shift, broadcast to the mask; not used without a shift.
    ///   - random: the source of further noise.
    ///   - onStep: called after every estimate.
    ///   - denoise: the network: a noisy mask and a timestep to the estimate of the process' prediction.
    /// - Returns: the clean mask's estimate in [-1, 1], `[N, h, w, 1]`.
    func sample(
        _ process: DiffusionProcess, noise: Tensor, expectation: Tensor?, random: inout TorchRandom,
        onStep: (SamplingStep) throws -> Void, denoise: (Tensor, Int) throws -> Tensor
    ) throws -> Tensor
}

extension MaskSampler {
    public var stepCount: Int { 0 }
    public var briefest: any MaskSampler { self }
}

/// One step of a sampler, for progress and pictures.
public struct SamplingStep: Sendable {
    /// Steps before this one.
    public var index: Int
    /// The timestep, falling.
    public var timestep: Int
    /// The noisy mask that the network saw.
    public var noisy: Tensor
    /// Its estimate of the clean mask, in [-1, 1].
    public var clean: Tensor

    /// Describes a step.
    public init(index: Int, timestep: Int, noisy: Tensor, clean: Tensor) {
        self.index = index
        self.timestep = timestep
        self.noisy = noisy
        self.clean = clean
    }
}
