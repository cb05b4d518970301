internal import Datasets
internal import SegModels
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
    /// How photos are varied.
    public var augmentation = GFSSAugmentation()
    /// Drives everything that is drawn.
    public var seed: UInt64 = 0

    public static var ranges: ConfigurationRanges {
        let own: ConfigurationRanges = [
            "steps": .whole(1...TrainingEngine.maximumSteps), "batchSize": .whole(1...4096),
            "learningRate": .real(above: 0, upTo: 1000), "momentum": .real(0...0.9999), "weightDecay": .real(0...1000),
            "power": .real(0...100), "seed": .seed,
        ]
        return own.with(GFSSAugmentation.ranges, under: "augmentation")
    }

    /// The defaults.
    public init() {}

    /// An engine that trains a network on sources of examples, each drawn by its weight.
    ///
    /// - Throws: `ConfigurationError` for a number out of its range; ``PseudoLabelError/noExamples`` where all sources are empty.
    public func engine(_ network: GFSSNetwork, on sources: [GFSSExamples]) throws -> TrainingEngine {
        try validate(source: "GFSSTraining")
        let filled = sources.filter { $0.count > 0 && $0.weight > 0 }
        guard !filled.isEmpty else { throw PseudoLabelError.noExamples }
        let schedule = LearningRateSchedule(base: learningRate, totalSteps: steps, decay: .polynomial(power: power))
        var settings = TrainingEngine.Settings(schedule: schedule)
        settings.seed = seed
        let optimizer = SGD(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
        return TrainingEngine(GFSSLearner(network, self, filled), optimizer: optimizer, settings: settings)
    }
}

/// A network as an engine trains it: cross-entropy of the pixels at the size of the square, with the auxiliary head's.
struct GFSSLearner: Learner {
    private struct Settings: Encodable {
        var network: GFSSNetwork.Configuration
        var training: GFSSTraining
    }

    private static let ignored = -1

    let settings: any Encodable
    private let network: GFSSNetwork
    private let training: GFSSTraining
    private let sources: [GFSSExamples]
    private let rows: [Int32: Int64]

    init(_ network: GFSSNetwork, _ training: GFSSTraining, _ sources: [GFSSExamples]) {
        (self.network, self.training, self.sources) = (network, training, sources)
        settings = Settings(network: network.configuration, training: training)
        rows = Dictionary(uniqueKeysWithValues: network.classIDs.enumerated().map { (Int32($0.element), Int64($0.offset)) })
        let frozen = network.parameters.filter { !Self.changes($0, training.part) }
        network.unfreeze()
        for parameter in frozen { parameter.isTrainable = false }
    }

    var parameters: [Parameter] { network.parameters }

    private static func changes(_ parameter: Parameter, _ part: GFSSTraining.Part) -> Bool {
        switch part {
        case .all: true
        case .head: !parameter.path.hasPrefix("backbone.")
        case .classifier: parameter.path.hasPrefix("classifier.")
        }
    }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = try (0..<training.batchSize).map { _ in try training.augmentation.varied(example(&random), &random) }
        let images = Tensor.concatenated(batch.map { $0.photo.tensor() }, axis: 0).placed(beside: parameters[0].value)
        let side = training.augmentation.side
        let values = batch.flatMap { $0.labels.values.map { rows[$0] ?? Int64(Self.ignored) } }
        let target = Tensor(values, shape: [batch.count, side, side]).placed(beside: images)
        // Statistics of batches are learned with the backbone and stay as they are afterwards.
        let learnsStatistics = training.part == .all
        let maps = network.network.maps(images, train: learnsStatistics)
        let main = enlarged(network.classifier(network.network.dropped(maps.main, &random)), side)
        var loss = main.crossEntropy(target: target, ignoreIndex: Self.ignored)
        if let map = maps.auxiliary, let classifier = network.auxiliary {
            let scores = enlarged(classifier(network.network.dropped(map, &random)), side)
            let further = scores.crossEntropy(target: target, ignoreIndex: Self.ignored)
            loss = loss + further * network.configuration.head.auxiliaryWeight
        }
        let share = (main.argMax(axis: 3) .== target).converted(to: .float32).mean()
        return StepLoss(loss, metrics: ["accuracy": share], batch: batch.map(\.id).joined(separator: ", "))
    }

    private func enlarged(_ scores: Tensor, _ side: Int) -> Tensor { scores.resized(to: Size2D(side), alignCorners: true) }

    /// A source by its weight, then any of its examples.
    private func example(_ random: inout TorchRandom) throws -> GFSSExamples.Example {
        var place = random.uniform() * sources.reduce(0) { $0 + $1.weight }
        for source in sources.dropLast() {
            if place < source.weight { return try source.load(random.integer(below: source.count)) }
            place -= source.weight
        }
        let last = sources[sources.count - 1]
        return try last.load(random.integer(below: last.count))
    }
}
