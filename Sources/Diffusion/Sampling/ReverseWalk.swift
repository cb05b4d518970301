internal import TensorCore

/// The way that samplers share: from noise around the condition shift down the timesteps, one estimate of the clean mask at each.
/// What they differ in is the step between two timesteps.
struct ReverseWalk {
    /// Between two timesteps.
    struct Transition {
        /// The noisy mask at ``from``, without the condition shift.
        var noisy: Tensor
        /// The clean mask's estimate, cut to [-1, 1].
        var clean: Tensor
        var from: Int
        var to: Int
        var schedule: NoiseSchedule
    }

    let process: DiffusionProcess
    /// Falling.
    let timesteps: [Int]

    /// - Precondition: between one step and the schedule's count.
    init(_ process: DiffusionProcess, steps: Int, spacing: TimestepSpacing) {
        let count = process.schedule.count
        precondition(steps >= 1 && steps <= count, "a sampler: \(steps) steps of a schedule of \(count)")
        self.process = process
        timesteps = spacing.timesteps(steps: steps, of: count)
    }

    /// Walks; `next` gives the noisy mask at the transition's end, without the condition shift.
    func callAsFunction(
        _ noise: Tensor, expectation: Tensor?, onStep: (SamplingStep) throws -> Void, denoise: (Tensor, Int) throws -> Tensor,
        next: (Transition) -> Tensor
    ) throws -> Tensor {
        var x = process.shifted(noise, by: expectation, at: timesteps[0], sign: 1)
        var clean = noise
        for (index, t) in timesteps.enumerated() {
            let estimate = try denoise(x, t)
            let centred = process.shifted(x, by: expectation, at: t, sign: -1)
            clean = process.clean(from: estimate, centred: centred, at: t)
            try onStep(SamplingStep(index: index, timestep: t, noisy: x, clean: clean))
            guard index + 1 < timesteps.count else { break }
            let s = timesteps[index + 1]
            let following = next(Transition(noisy: centred, clean: clean, from: t, to: s, schedule: process.schedule))
            x = process.shifted(following, by: expectation, at: s, sign: 1)
        }
        return clean
    }
}
