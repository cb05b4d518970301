extension Adam {
    /// What an ``Adam`` is made of, to be kept with a run's configuration.
    public struct Settings: Hashable, RangedConfiguration {
        /// The step's length before the moments scale it.
        public var learningRate: Float
        /// Decay of the first moment.
        public var beta1: Float
        /// Decay of the second moment.
        public var beta2: Float
        /// Added to the denominator.
        public var epsilon: Float
        /// The kind and rate of weight decay.
        public var decay: Decay
        /// Whether biases and normalisation weights (rank 1) decay like matrices and kernels.
        public var decaysVectors: Bool

        public static let ranges: ConfigurationRanges = [
            "learningRate": .real(0...1000), "beta1": .real(0..<1), "beta2": .real(0..<1), "epsilon": .real(0...1),
            "decay.coupled._0": .real(0...1000), "decay.decoupled._0": .real(0...1000),
        ]

        /// PyTorch's defaults, or others.
        public init(
            learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8,
            decay: Decay = .coupled(0), decaysVectors: Bool = true
        ) {
            self.learningRate = learningRate
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.decay = decay
            self.decaysVectors = decaysVectors
        }
    }

    /// An optimizer without moments.
    public init(_ settings: Settings) {
        self.init(
            learningRate: settings.learningRate, betas: (settings.beta1, settings.beta2), epsilon: settings.epsilon,
            decay: settings.decay, decaysVectors: settings.decaysVectors)
    }

    /// The settings as they are now.
    public var settings: Settings {
        Settings(
            learningRate: learningRate, beta1: betas.0, beta2: betas.1, epsilon: epsilon, decay: decay,
            decaysVectors: decaysVectors)
    }
}
