internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// The training of one learner.
final class FewShotTask: TrainingTask {
    let plan: FewShotPlan
    let backbones: [BackboneRecord]
    let engine: TrainingEngine
    private let learner: FewShotLearner
    private let folder: TrainingFolder<FewShotPlan>
    private let origin: FewShotCheckpoint.Origin
    private let selection: HeldOutEvaluation

    /// Loads what the plan names and computes the maps that are missing.
    nonisolated(nonsending) init(
        _ folder: TrainingFolder<FewShotPlan>, _ store: FeatureStore, _ observe: RunObserver
    ) async throws {
        var plan = folder.settings
        plan.settings.training.shards = try folder.shards(
            plan.settings.training.shards, ofBatch: plan.settings.training.batchSize, key: "training.shards", observe)
        let (settings, training) = (plan.settings, plan.settings.training)
        let loaded = try plan.backbone.load(precision: training.precision)
        loaded.remarks.forEach { observe(.note($0)) }
        try folder.requireUnchanged("the weights of the backbone", plan.weightsHash, loaded.weightsSHA256)
        let backbone = try loaded.tapped(settings.network.taps(of: loaded.description.network))
        let network = try settings.network.makeNetwork(
            ParameterScope(seed: training.seed), behind: backbone.levels, precision: training.precision)
        let dataset = try plan.dataset.training(fold: plan.fold)
        let split = try HeldOutSplit(dataset, count: training.heldOutClasses, seed: training.seed)
        try folder.requireUnchanged("the training list", plan.listHash, dataset.listHash)
        let heldOut = split.heldOut.classes.isEmpty ? "none" : split.heldOut.classes.map(\.name).joined(separator: ", ")
        observe(
            .note("Training \(settings.title) on \(dataset.name): \(split.training.count) queries; held out: \(heldOut)"))
        let examples = FewShotExamples(
            dataset, items: split.training, features: SquareFeatures(backbone, side: settings.network.imageSize), training,
            store: store)
        try await Self.prepare(examples, dataset.name, training.shots, store, folder.ranks, observe)
        let content = try examples.contentHash()
        try folder.requireUnchanged("the photos or their labels", plan.contentHash, content)
        (plan.weightsHash, plan.listHash, plan.contentHash) = (loaded.weightsSHA256, dataset.listHash, content)
        learner = FewShotLearner(network: network, values: settings, examples: examples)
        engine = TrainingEngine(learner, optimizer: training.makeOptimizer(), settings: training.engineSettings)
        origin = FewShotCheckpoint.Origin(
            name: loaded.description.name, weightsSHA256: loaded.weightsSHA256, levels: backbone.levels)
        backbones = [BackboneRecord(loaded)]
        selection = try HeldOutEvaluation(
            interval: training.evaluationInterval, episodes: plan.evaluationEpisodes, of: split.heldOut,
            annotation: training.annotations.first ?? .mask, seed: training.seed, in: folder.url)
        self.folder = folder
        self.plan = plan
    }

    private nonisolated(nonsending) static func prepare(
        _ examples: FewShotExamples, _ name: String, _ shots: Int, _ store: FeatureStore, _ ranks: RunRanks,
        _ observe: RunObserver
    ) async throws {
        guard !examples.items.isEmpty else {
            throw RunError.file(
                name, found: "no class of more than \(shots == 1 ? "one photo" : "\(shots) photos")",
                expected: "a query and \(shots == 1 ? "a support" : "\(shots) supports")", advice: "use another list")
        }
        if !examples.keepsMaps {
            let limit = FewShotExamples.keptBytes >> 30
            observe(.note("The maps of all photos take more than \(limit) GiB: they are computed in every step"))
        }
        let clock = RunClock("features", total: examples.items.count)
        try await examples.prepare(sharedBy: ranks.communicator) { done, total in
            observe(.progress(clock.progress(done * examples.items.count / total)))
            try Task.checkCancellation()
        }
        if let remark = store.remark { observe(.note(remark)) }
    }

    var checkpointInterval: Int { plan.settings.training.checkpointInterval }
    var evaluationInterval: Int { plan.settings.training.evaluationInterval }
    var loggedMetrics: [String] { [FewShotLearner.ratio] }

    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String {
        let ratio = (progress.metrics[FewShotLearner.ratio] ?? 0) * 100
        return "loss \(smoothedLoss.rounded(to: 4))  IoU \(ratio.rounded(to: 1)) %"
    }

    nonisolated(nonsending) func begin(observe: @escaping RunObserver) async throws {
        guard evaluationInterval > 0 else { return }
        try await selection.begin(at: engine.step, scored(), observe)
    }

    nonisolated(nonsending) func evaluate(at step: Int, observe: @escaping RunObserver) async throws {
        try await selection.evaluate(at: step, scored(), observe)
    }

    /// The learner of the moment, and how its file is written.
    private func scored() throws -> HeldOutEvaluation.Candidate {
        let (network, backbone) = (try copy(), learner.examples.backbone)
        let model = FewShotModel(backbone: backbone, network: network, imageSize: plan.settings.network.imageSize)
        return HeldOutEvaluation.Candidate(segmenters: [model]) { try self.saveModel(to: $0) }
    }

    /// A frozen network with the weights of the moment.
    private func copy() throws -> any FewShotNetwork {
        let copy = try plan.settings.network.makeNetwork(
            ParameterScope(.loading), behind: origin.levels, precision: plan.settings.training.precision)
        try copy.load(learner.network.stateDict())
        return copy
    }

    func saveModel(to url: URL) throws {
        let classes = plan.fold.map { "base classes of fold \($0)" } ?? "classes of all folds"
        try FewShotCheckpoint.save(
            learner.network, plan.settings, behind: origin,
            note: "\(plan.dataset.dataset), \(classes), \(engine.step) steps", to: url)
    }

    func summary(_ end: TrainingEnd) -> FewShotSummary {
        FewShotSummary(
            folder: folder.url.path, model: folder.file(FewShotPlan.modelFile).path, title: plan.settings.title,
            steps: engine.settings.steps, loss: end.last?.loss, smoothedLoss: end.smoothedLoss, best: selection.best,
            bestModel: selection.best.map { _ in folder.file(HeldOutEvaluation.bestFile).path })
    }
}
