internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// The training of words behind one backbone.
final class WordTask: TrainingTask {
    let plan: WordPlan
    let engine: TrainingEngine
    let backbones: [BackboneRecord]
    private let model: WordModel
    private let file: URL

    nonisolated(nonsending) init(_ folder: TrainingFolder<WordPlan>, _ observe: RunObserver) async throws {
        var plan = folder.settings
        plan.settings.shards = try folder.shards(
            plan.settings.shards, ofBatch: plan.settings.batchSize, key: "shards", observe)
        let loaded = try plan.backbone.load(precision: plan.precision)
        try folder.requireUnchanged("the backbone", plan.backboneSHA256, loaded.weightsSHA256)
        plan.backboneSHA256 = loaded.weightsSHA256
        let settings = plan.settings
        let classIDs = plan.shownClasses
        let count = classIDs.count * settings.imagesPerClass
        observe(.note("Drawing \(count) scenes of Shapes-5i"))
        let places = try await WordPlaces(
            loaded.backbone, of: classIDs, fold: plan.fold, imagesPerClass: settings.imagesPerClass,
            size: settings.shape.imageSize, seed: settings.seed, observe: observe)
        model = try WordModel(
            ParameterScope(seed: settings.seed), settings.shape, words: Shapes5i.captionWords,
            channels: loaded.backbone.levels.map(\.channels), backboneDigest: loaded.backbone.contentDigest)
        var training = TrainingEngine.Settings(
            schedule: LearningRateSchedule(
                base: settings.learningRate, warmUpSteps: min(100, settings.steps / 10), totalSteps: settings.steps,
                decay: .cosine(final: 0.01)))
        training.maximumNorm = 5
        training.shards = settings.shards
        training.seed = settings.seed
        let optimizer = Adam(
            learningRate: settings.learningRate, decay: .decoupled(settings.weightDecay), decaysVectors: false)
        let learner = WordLearner(
            model: model, places: places, captions: Shapes5i.captions(of: places.things),
            names: Shapes5i.things(without: Set(1...Shapes5i.classCount).subtracting(classIDs)).map {
                Shapes5i.Caption(texture: $0.texture, shape: $0.shape)
            }, batchSize: settings.batchSize / (settings.shards ?? 1), compositionWeight: settings.compositionWeight,
            settings: WordPlan.Deciding(backbone: plan.backboneSHA256, fold: plan.fold, settings: settings))
        engine = TrainingEngine(learner, optimizer: optimizer, settings: training)
        backbones = [BackboneRecord(loaded)]
        file = folder.file(WordPlan.modelFile)
        self.plan = plan
    }

    var checkpointInterval: Int { plan.settings.checkpointInterval }
    var loggedMetrics: [String] { [WordLearner.accuracy] }

    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String {
        let accuracy = (progress.metrics[WordLearner.accuracy] ?? 0) * 100
        return "loss \(smoothedLoss.rounded(to: 3))  accuracy \(accuracy.rounded(to: 1)) %"
    }

    func saveModel(to url: URL) throws {
        try model.save(
            to: url, training: "shapes-5i \(Shapes5i.version), base classes of fold \(plan.fold), \(engine.step) steps")
    }

    func summary(_ end: TrainingEnd) -> WordSummary {
        WordSummary(
            words: file.path, steps: engine.settings.steps, loss: end.last?.loss,
            accuracy: end.last?.metrics[WordLearner.accuracy])
    }
}
