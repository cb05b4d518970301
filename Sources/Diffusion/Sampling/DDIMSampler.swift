public import TensorCore

/// Denoising diffusion implicit models (Song et al. 2021): few deterministic steps through the reverse process
/// (equation 14), from noise around the condition shift to a clean mask.
public struct DDIMSampler: Sendable {
    /// The forward process.
    public let schedule: NoiseSchedule
    /// What the network estimates.
    public let prediction: PredictionType
    /// The forward process' offset.
    public let shift: ConditionShift
    /// The timesteps that are visited, falling.
    public let timesteps: [Int]
    /// Noise added at every step: 0 is deterministic, 1 is DDPM's variance.
    public let eta: Float

    /// A sampler of `steps` steps spread evenly over the schedule.
    ///
    /// - Precondition: between one step and the schedule's count.
    public init(
        schedule: NoiseSchedule, steps: Int, prediction: PredictionType, shift: ConditionShift = .none, eta: Float = 0,
        spacing: TimestepSpacing = .trailing
    ) {
        precondition(steps >= 1 && steps <= schedule.count, "DDIMSampler: \(steps) steps of a schedule of \(schedule.count)")
        self.schedule = schedule
        self.prediction = prediction
        self.shift = shift
        self.eta = eta
        timesteps = spacing.timesteps(steps: steps, of: schedule.count)
    }

    /// One step of the loop, for progress and pictures.
    public struct Step: Sendable {
        /// Position in ``DDIMSampler/timesteps``.
        public var index: Int
        /// The timestep, falling.
        public var timestep: Int
        /// The noisy mask that the network saw.
        public var noisy: Tensor
        /// Its estimate of the clean mask, in [-1, 1].
        public var clean: Tensor
    }

    /// Draws masks.
    ///
    /// - Parameters:
    ///   - noise: standard normal, `[N, h, w, 1]`.
    ///   - expectation: `E` of the condition shift, broadcast to the mask; not used without a shift.
    ///   - random: the source of the noise of `eta > 0`.
    ///   - onStep: called after every estimate.
    ///   - denoise: the network: a noisy mask and a timestep to the estimate of ``prediction``.
    /// - Returns: the clean mask's estimate in [-1, 1], `[N, h, w, 1]`.
    public func sample(
        noise: Tensor, expectation: Tensor? = nil, random: inout TorchRandom, onStep: ((Step) throws -> Void)? = nil,
        denoise: (Tensor, Int) throws -> Tensor
    ) rethrows -> Tensor {
        var x = shifted(noise, by: expectation, timesteps[0], 1)
        var clean = noise
        for (index, t) in timesteps.enumerated() {
            let estimate = try denoise(x, t)
            let centred = shifted(x, by: expectation, t, -1)
            let (signal, level) = (schedule.signal(at: t), schedule.noise(at: t))
            clean = prediction.clean(from: estimate, x: centred, signal: signal, noise: level).clamped(to: -1...1)
            try onStep?(Step(index: index, timestep: t, noisy: x, clean: clean))
            guard index + 1 < timesteps.count else { break }
            // The noise is derived again from the clipped mask, so that both belong together.
            let epsilon = centred.scaled(by: 1 / level, adding: clean, scaledBy: -signal / level)
            x = next(clean, epsilon, from: t, to: timesteps[index + 1], expectation, &random)
        }
        return clean
    }

    private func next(
        _ clean: Tensor, _ epsilon: Tensor, from t: Int, to s: Int, _ expectation: Tensor?, _ random: inout TorchRandom
    ) -> Tensor {
        let (alphaT, alphaS) = (schedule.alphasCumulative[t], schedule.alphasCumulative[s])
        let ratio = (1 - alphaS) / (1 - alphaT) * (1 - alphaT / alphaS)
        let sigma = eta * Float(max(ratio, 0).squareRoot())
        let direction = Float(max(1 - alphaS - Double(sigma * sigma), 0).squareRoot())
        var x = clean.scaled(by: schedule.signal(at: s), adding: epsilon, scaledBy: direction)
        if sigma > 0 { x = x.scaled(adding: random.normal(shape: x.shape), scaledBy: sigma) }
        return shifted(x, by: expectation, s, 1)
    }

    private func shifted(_ x: Tensor, by expectation: Tensor?, _ t: Int, _ sign: Float) -> Tensor {
        guard shift != .none, let expectation else { return x }
        return x + expectation * (sign * shift.weight(schedule, at: t))
    }
}
