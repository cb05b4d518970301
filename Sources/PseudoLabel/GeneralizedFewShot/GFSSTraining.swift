public import TensorCore

/// How a network learns base or novel classes. Defaults are POP's first stage where it says something (SGD, decay 1e-4, batch 8,
/// polynomial of power 0.9), a canvas that fits the machine being the caller's choice.
public struct GFSSTraining: Hashable, RangedConfiguration {
    /// Which part of the network changes.
    public enum Part: String, Sendable, Hashable, Codable {
        /// All of it: base classes.
        case all
        /// Pyramid, fusion and classifier.
        case head
        /// The classifier alone.
        case classifier
    }

    /// The name of the share of pixels that are named rightly among a step's metrics.
    public static let accuracy = "accuracy"

    /// Optimizer steps.
    public var steps = 2000
    /// Photos a step.
    public var batchSize = 8
    /// The first learning rate.
    public var learningRate: Float = 1e-2
    /// SGD's momentum.
    public var momentum: Float = 0.9
    /// Weight decay.
    public var weightDecay: Float = 1e-4
    /// The power of the learning rate's polynomial.
    public var power: Float = 0.9
    /// Which part of the network changes.
    public var part = Part.all
    /// Whether the part that changes normalises with the statistics of batches and learns them. Few supports say too little about them.
    public var learnsStatistics = true
    /// How photos are varied.
    public var augmentation = GFSSAugmentation()
    /// Drives everything that is drawn.
    public var seed: UInt64 = 0

    public func validateRelations(source: String) throws(ConfigurationError) {
        do throws(ConfigurationError) { try augmentation.validateRelations(source: source) } catch {
            throw error.under("augmentation")
        }
    }

    public static var ranges: ConfigurationRanges {
        let own: ConfigurationRanges = [
            "steps": .whole(1...TrainingEngine.maximumSteps), "batchSize": .whole(1...4096),
            "learningRate": .real(above: 0, upTo: 1000), "momentum": .real(0...0.9999), "weightDecay": .real(0...1000),
            "power": .real(0...100), "seed": .seed,
        ]
        return own.with(GFSSAugmentation.ranges, under: "augmentation")
    }

    /// The defaults, for base classes.
    public init() {}

    /// The defaults for novel classes: the backbone and all statistics stay as they are.
    public static var novel: GFSSTraining {
        var training = GFSSTraining()
        (training.steps, training.part, training.learnsStatistics) = (300, .head, false)
        return training
    }

    /// An engine that trains a network on sources of examples, each drawn by its weight.
    ///
    /// - Parameter shards: parts of a batch that several processes share, a divisor of the batch size; nil for none.
    /// - Throws: `ConfigurationError` for a number out of its range; ``PseudoLabelError/noExamples`` where all sources are empty.
    public func engine(_ network: GFSSNetwork, on sources: [GFSSExamples], shards: Int? = nil) throws -> TrainingEngine {
        try validate(source: "GFSSTraining")
        let filled = sources.filter { $0.count > 0 && $0.weight > 0 }
        guard !filled.isEmpty else { throw PseudoLabelError.noExamples }
        let schedule = LearningRateSchedule(base: learningRate, totalSteps: steps, decay: .polynomial(power: power))
        var settings = TrainingEngine.Settings(schedule: schedule)
        settings.seed = seed
        settings.shards = shards
        let optimizer = SGD(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
        return TrainingEngine(
            GFSSLearner(network, self, filled, batchSize: batchSize / (shards ?? 1)), optimizer: optimizer, settings: settings)
    }
}
