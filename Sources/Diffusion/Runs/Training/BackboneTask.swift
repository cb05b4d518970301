internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// The training of one backbone.
final class BackboneTask: TrainingTask {
    let plan: BackbonePlan
    private let pretraining: DensePretraining
    private let weights: String

    /// Loads what the plan names.
    nonisolated(nonsending) init(_ folder: TrainingFolder<BackbonePlan>, _ observe: RunObserver) async throws {
        var plan = folder.settings
        plan.shards = try folder.shards(plan.shards, ofBatch: plan.configuration.batchSize, key: "shards", observe)
        let data = try plan.dataset.dataset(.training, fold: plan.fold)
        try folder.requireUnchanged("the training list", plan.listHash, data.listHash)
        plan.listHash = data.listHash
        let content = try data.contentHash()
        try folder.requireUnchanged("the photos or their labels", plan.contentHash, content)
        plan.contentHash = content
        let scope = ParameterScope(seed: plan.configuration.seed)
        let backbone = try plan.description.makeBackbone(scope, precision: plan.precision)
        observe(.note("Loading \(Set(data.items.map(\.id)).count) images of \(data.name)"))
        pretraining = try await DensePretraining(
            backbone: backbone, tasks: plan.tasks(data), dataset: data, configuration: plan.configuration, shards: plan.shards)
        weights = folder.file(BackbonePlan.modelFile).path
        self.plan = plan
    }

    var engine: TrainingEngine { pretraining.engine }
    var checkpointInterval: Int { plan.checkpointInterval }
    var loggedMetrics: [String] { [DensePretraining.accuracy] }

    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String {
        let accuracy = (progress.metrics[DensePretraining.accuracy] ?? 0) * 100
        return "loss \(progress.loss.rounded(to: 3))  accuracy \(accuracy.rounded(to: 1)) %"
    }

    func saveModel(to url: URL) throws {
        var state = pretraining.backbone.stateDict()
        state.metadata[Backbones.metadataKey] = String(decoding: try plan.description.json(), as: UTF8.self)
        state.metadata["training"] = "\(plan.dataset.dataset), base classes of fold \(plan.fold), \(engine.step) steps"
        try Safetensors.save(state, to: url)
    }

    func summary(_ end: TrainingEnd) -> BackboneSummary {
        BackboneSummary(
            weights: weights, steps: engine.settings.steps, loss: end.last?.loss,
            accuracy: end.last?.metrics[DensePretraining.accuracy])
    }
}
