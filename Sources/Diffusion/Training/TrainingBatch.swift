internal import Datasets
internal import SegModels
internal import TensorCore

/// The inputs and targets of one training step.
struct TrainingBatch {
    /// One `[N, h, w, K]` a level.
    var conditions: [Tensor]
    /// `[N, s, s, 3]` in [-1, 1].
    var image: Tensor
    /// The share of the class, `[N, s, s, 1]` in [0, 1].
    var truth: Tensor
    /// The share that counts (not void), `[N, s, s, 1]`.
    var weight: Tensor
    /// The expectation of the condition shift, `[N, s, s, 1]`.
    var expectation: Tensor
}

/// Draws augmented training batches from a bank. Everything follows from the random source that it is given.
struct TrainingSampler {
    let bank: PriorBank
    let model: DiffUpConfiguration
    let training: TrainingConfiguration
    private let byClass: [[Int]]

    init(bank: PriorBank, model: DiffUpConfiguration, training: TrainingConfiguration) {
        self.bank = bank
        self.model = model
        self.training = training
        let groups = Dictionary(grouping: bank.queries.indices, by: { bank.queries[$0].item.classID })
        byClass = groups.sorted { $0.key < $1.key }.map(\.value)
    }

    func batch(_ random: inout TorchRandom) -> TrainingBatch {
        let samples = (0..<training.batchSize).map { _ in sample(&random) }
        func joined(_ part: (Sample) -> Tensor) -> Tensor { .concatenated(samples.map(part), axis: 0) }
        let levels = 0..<UQDDConfiguration.levels
        return TrainingBatch(
            conditions: levels.map { level in joined { $0.conditions[level] } }, image: joined(\.image),
            truth: joined(\.truth), weight: joined(\.weight), expectation: joined(\.expectation))
    }

    private struct Sample {
        var conditions: [Tensor]
        var image: Tensor
        var truth: Tensor
        var weight: Tensor
        var expectation: Tensor
    }

    /// Classes count the same, then queries of a class.
    private func sample(_ random: inout TorchRandom) -> Sample {
        let candidates = byClass[random.integer(below: byClass.count)]
        let query = bank.queries[candidates[random.integer(below: candidates.count)]]
        let window = Window(training.augmentation, &random)
        let builder = ConditionBuilder(model)
        let priors = views(of: query, &random).enumerated().map { level, maps -> Tensor in
            let resized = window.apply(to: maps.converted(to: .float32), side: builder.side(ofLevel: level))
            return jittered(model.fusion.normalized(resized), &random)
        }
        let side = builder.side(ofLevel: 0)
        let canvas = window.apply(to: query.canvas, side: side)
        let target = window.apply(to: query.target, side: side)
        let weight = target.sliced(axis: 3, from: 1, count: 1)
        let share = target.sliced(axis: 3, from: 0, count: 1) / weight.clamped(to: 1e-6...Float.infinity)
        let conditions = builder.conditions(normalized: priors, edges: QueryInformation.edges(in: canvas))
        return Sample(
            conditions: conditions, image: QueryInformation.image(in: canvas), truth: share.clamped(to: 0...1),
            weight: weight, expectation: builder.expectation(conditions))
    }

    /// Raw priors of one support's views, or of several supports with one view each.
    private func views(of query: PriorBank.Query, _ random: inout TorchRandom) -> [Tensor] {
        let several = random.uniform() < training.multiShotProbability
        let count = min(training.multiShotCount, query.entries.count)
        guard several, count > 1 else { return query.entries[random.integer(below: query.entries.count)].priors }
        var rest = Array(query.entries.indices)
        let chosen = (0..<count).map { _ in rest.remove(at: random.integer(below: rest.count)) }
        return (0..<UQDDConfiguration.levels).map { level in
            .concatenated(chosen.map { query.entries[$0].priors[level].sliced(axis: 0, from: 0, count: 1) }, axis: 0)
        }
    }

    private func jittered(_ priors: Tensor, _ random: inout TorchRandom) -> Tensor {
        let deviation = training.augmentation.priorJitter
        guard deviation > 0 else { return priors }
        let kinds = priors.shape[3]
        let gain = random.normal(shape: [kinds], beside: priors) * deviation
        let shift = random.normal(shape: [kinds], beside: priors) * deviation
        return priors * gain.exp() + shift
    }
}

/// A random crop, stretched back to the whole, perhaps mirrored.
private struct Window {
    let scale: (x: Float, y: Float)
    let centre: (x: Float, y: Float)

    init(_ configuration: AugmentationConfiguration, _ random: inout TorchRandom) {
        func between(_ low: Float, _ high: Float) -> Float { low + (high - low) * random.uniform() }
        let width = between(configuration.smallestCrop, 1)
        let height = min(1, max(configuration.smallestCrop, width * between(0.8, 1.25)))
        centre = (between(width - 1, 1 - width), between(height - 1, 1 - height))
        let mirrors = configuration.flips && random.uniform() < 0.5
        scale = (mirrors ? -width : width, height)
    }

    func apply(to maps: Tensor, side: Int) -> Tensor {
        maps.resampled(
            rows: .affine(from: maps.shape[1], to: side, scale: scale.y, translation: centre.y),
            columns: .affine(from: maps.shape[2], to: side, scale: scale.x, translation: centre.x))
    }
}
