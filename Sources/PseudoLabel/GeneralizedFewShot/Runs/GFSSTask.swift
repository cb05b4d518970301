internal import Datasets
internal import Diffusion
internal import Foundation
internal import TensorCore

/// The training of a network for base or for novel classes.
final class GFSSTask<Plan: TrainingPlan>: TrainingTask where Plan.Summary == GFSSTrainingSummary {
    let plan: Plan
    let backbones: [BackboneRecord]
    let engine: TrainingEngine
    let checkpointInterval: Int
    private let network: GFSSNetwork
    private let model: URL
    private let notes: [String: String]

    init(
        plan: Plan, backbones: [BackboneRecord], engine: TrainingEngine, network: GFSSNetwork, checkpointInterval: Int,
        model: URL, notes: [String: String]
    ) {
        (self.plan, self.backbones, self.engine, self.network) = (plan, backbones, engine, network)
        (self.checkpointInterval, self.model, self.notes) = (checkpointInterval, model, notes)
    }

    var loggedMetrics: [String] { [GFSSTraining.accuracy] }

    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String {
        let accuracy = (progress.metrics[GFSSTraining.accuracy] ?? 0) * 100
        return "loss \(smoothedLoss.rounded(to: 3))  accuracy \(accuracy.rounded(to: 1)) %"
    }

    func saveModel(to url: URL) throws { try network.save(to: url, notes: notes) }

    func summary(_ end: TrainingEnd) -> GFSSTrainingSummary {
        GFSSTrainingSummary(
            model: model.path, classes: network.classes.map(\.name), steps: engine.settings.steps, loss: end.last?.loss,
            accuracy: end.last?.metrics[GFSSTraining.accuracy])
    }
}
