internal import Datasets
internal import SegModels
internal import TensorCore

/// The inputs and targets of one training step.
struct TrainingBatch: Sendable {
    var conditions: MaskConditions
    /// The share of the class, `[N, s, s, 1]` in [0, 1].
    var truth: Tensor
    /// The share that counts (not void), `[N, s, s, 1]`.
    var weight: Tensor
    /// Query and supports of every example, for messages.
    var names: [String]
}

/// Draws augmented training batches. Everything follows from the random source that it is given.
struct TrainingSampler: Sendable {
    let examples: TrainingExamples
    let builder: ConditionBuilder
    let training: TrainingConfiguration
    /// What the foreground prior is computed by, drawn anew for every example; empty for the cosine.
    var metrics: [any PriorTransformation] = []
    /// Whether the denoiser takes the backbone's finest features.
    var usesLowLevel = false

    func batch(_ random: inout TorchRandom) throws -> TrainingBatch {
        let samples = try (0..<training.shardSize).map { _ in try sample(&random) }
        func joined(_ part: (TrainingBatch) -> Tensor) -> Tensor { .concatenated(samples.map(part), axis: 0) }
        return TrainingBatch(
            conditions: .joined(samples.map(\.conditions)), truth: joined(\.truth), weight: joined(\.weight),
            names: samples.flatMap(\.names))
    }

    /// Classes count the same, then queries of a class.
    private func sample(_ random: inout TorchRandom) throws -> TrainingBatch {
        let classIDs = classes(&random)
        let classID = classIDs[random.integer(below: classIDs.count)]
        let places = examples.places(ofClass: classID)
        let drawn = places[random.integer(below: places.count)]
        let place = near(drawn, &random)
        let query = try examples.query(place)
        let window = Window(training.augmentation, &random)
        let supports = supports(for: drawn, among: places, &random)
        let prototypes = try prototypes(of: supports, &random)
        // Nothing is drawn where there is nothing to choose, so that trainings with the cosine alone keep their bits.
        let metric = metrics.isEmpty ? nil : metrics[random.integer(below: metrics.count)]
        let priors = examples.priors(prototypes, on: query, by: metric).enumerated().map { level, maps in
            let resized = window.apply(to: maps.converted(to: .float32), side: builder.side(ofLevel: level))
            return jittered(builder.fusion.normalized(resized), &random)
        }
        let side = builder.resolution
        let target = window.apply(to: query.target, side: side)
        let weight = target.sliced(axis: 3, from: 1, count: 1)
        let share = target.sliced(axis: 3, from: 0, count: 1) / weight.clamped(to: 1e-6...Float.infinity)
        let information = QueryInformation(canvas: window.apply(to: query.canvas, side: side))
        let names = ([place] + supports).map { examples.items[$0].id }
        var conditions = builder.conditions(normalized: priors, information)
        if usesLowLevel { conditions.lowLevel = window.apply(to: query.features[0].map, side: side) }
        return TrainingBatch(
            conditions: conditions, truth: share.clamped(to: 0...1), weight: weight,
            names: ["\(names[0]) class \(classID) by \(names.dropFirst().joined(separator: ", "))"])
    }

    /// Region classes or the dataset's own. Nothing is drawn where there is nothing to choose, so that trainings without regions keep
    /// their bits.
    private func classes(_ random: inout TorchRandom) -> [Int] {
        guard training.regionProbability > 0, !examples.regionClassIDs.isEmpty else { return examples.classIDs }
        return random.uniform() < training.regionProbability ? examples.regionClassIDs : examples.classIDs
    }

    /// An item, or now and then its near view.
    private func near(_ place: Int, _ random: inout TorchRandom) -> Int {
        guard training.nearProbability > 0, let view = examples.nearView(of: place) else { return place }
        return random.uniform() < training.nearProbability ? view : place
    }

    /// One other photo of the class, or several, each with its companions.
    private func supports(for place: Int, among places: [Int], _ random: inout TorchRandom) -> [Int] {
        let several = random.uniform() < training.multiShotProbability
        var rest = places.filter { examples.items[$0].id != examples.items[place].id }
        let count = min(several ? training.multiShotCount : 1, rest.count)
        let drawn = (0..<count).map { _ in rest.remove(at: random.integer(below: rest.count)) }
        return drawn.flatMap { [near($0, &random)] + examples.companions(of: $0) }
    }

    /// The views of one support, or several supports with one view each; each under one of the annotations.
    private func prototypes(of supports: [Int], _ random: inout TorchRandom) throws -> [Prototypes] {
        let known = try supports.map { place in
            try examples.prototypes(place, annotation: random.integer(below: training.annotations.count))
        }
        guard known.count > 1 else { return known[0] }
        return known[0].indices.map { level in .joined(known.map { $0[level].view(0) }) }
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
