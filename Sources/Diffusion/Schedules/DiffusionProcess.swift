public import TensorCore

/// The forward process in closed form (equations 6 and 13) and what a network estimates of it: everything that training and
/// samplers must agree on.
public struct DiffusionProcess: Sendable, Hashable {
    /// The variances.
    public let schedule: NoiseSchedule
    /// What the network estimates.
    public let prediction: PredictionType
    /// The offset by the condition.
    public let shift: ConditionShift

    /// Makes the process.
    public init(schedule: NoiseSchedule = NoiseSchedule(), prediction: PredictionType, shift: ConditionShift = .none) {
        self.schedule = schedule
        self.prediction = prediction
        self.shift = shift
    }

    /// Noisy masks with their targets.
    public struct Sample: Sendable {
        /// `x_t`, `[N, h, w, 1]`.
        public var noisy: Tensor
        /// The training target of the prediction type.
        public var target: Tensor
        /// The timesteps as a tensor `[N]`, int64.
        public var timesteps: Tensor
    }

    /// Noises clean masks.
    ///
    /// - Parameters:
    ///   - clean: `[N, h, w, 1]` in [-1, 1].
    ///   - noise: standard normal, same shape.
    ///   - timesteps: one an image.
    ///   - expectation: `E`, same shape; not used without a shift.
    public func noised(_ clean: Tensor, noise: Tensor, timesteps: [Int], expectation: Tensor? = nil) -> Sample {
        let shape: Shape = [timesteps.count, 1, 1, 1]
        let signal = Tensor(timesteps.map { schedule.signal(at: $0) }, shape: shape, beside: clean)
        let level = Tensor(timesteps.map { schedule.noise(at: $0) }, shape: shape, beside: clean)
        var noisy = clean * signal + noise * level
        if shift != .none, let expectation {
            let weights = timesteps.map { shift.weight(schedule, at: $0) }
            noisy = noisy + expectation * Tensor(weights, shape: shape, beside: clean)
        }
        return Sample(
            noisy: noisy, target: prediction.target(clean: clean, noise: noise, signal: signal, noiseLevel: level),
            timesteps: Tensor(timesteps.map(Int64.init), shape: [timesteps.count], beside: clean))
    }

    /// A noisy mask with the condition's offset added (`sign` 1) or taken away (-1).
    public func shifted(_ x: Tensor, by expectation: Tensor?, at t: Int, sign: Float) -> Tensor {
        guard shift != .none, let expectation else { return x }
        return x + expectation * (sign * shift.weight(schedule, at: t))
    }

    /// The clean mask in [-1, 1] behind an estimate; `centred` is the noisy mask without the offset.
    public func clean(from estimate: Tensor, centred: Tensor, at t: Int) -> Tensor {
        prediction.clean(from: estimate, x: centred, signal: schedule.signal(at: t), noise: schedule.noise(at: t))
            .clamped(to: -1...1)
    }
}
