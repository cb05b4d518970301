public import TensorCore

/// The forward process in closed form (equations 6 and 13): noisy masks at drawn timesteps, and what to predict.
public struct ForwardProcess: Sendable {
    /// The variances.
    public let schedule: NoiseSchedule
    /// The offset.
    public let shift: ConditionShift
    /// What the network estimates.
    public let prediction: PredictionType

    /// Makes the process.
    public init(schedule: NoiseSchedule, shift: ConditionShift = .none, prediction: PredictionType) {
        self.schedule = schedule
        self.shift = shift
        self.prediction = prediction
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
}
