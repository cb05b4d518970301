internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The training of one decoder.
final class DecoderRun: TrainingTask {
    private let plan: DecoderPlan
    private let backbone: LoadedBackbone
    private let split: HeldOutSplit
    private let trainer: DiffUpTrainer
    private var selection: HeldOutEvaluation?
    let manifest: RunManifest<DecoderPlan>

    /// Loads what the plan names; nothing is written yet.
    init(folder: TrainingFolder<DecoderPlan>, store: FeatureStore, common: CommonOptions, start: Date) throws {
        var plan = folder.plan
        let training = plan.settings.training
        guard training.evaluationInterval == 0 || training.heldOutClasses > 0 else {
            throw CommandError(
                "training.evaluationInterval is \(training.evaluationInterval), expected training.heldOutClasses above 0 beside it"
            )
        }
        backbone = try plan.backbone.load(precision: training.backbonePrecision)
        let dataset = try plan.dataset.dataset(.training, fold: plan.fold)
        split = try HeldOutSplit(dataset, count: training.heldOutClasses, seed: training.seed)
        try folder.compare(plan.weightsHash, backbone.weightsSHA256, "the weights of the backbone")
        try folder.compare(plan.listHash, dataset.listHash, "the training list")
        plan.weightsHash = backbone.weightsSHA256
        plan.listHash = dataset.listHash
        var manifest = RunManifest(
            command: DecoderPlan.command, common: common, backbones: [BackboneRecord(backbone)], settings: plan, started: start)
        manifest.compute.seed = training.seed
        manifest.compute.precision = training.precision
        self.manifest = manifest
        self.plan = plan
        trainer = try Self.trainer(plan, dataset, split, backbone, store, common.console)
    }

    /// The trainer with its examples.
    private static func trainer(
        _ plan: DecoderPlan, _ dataset: any FewShotDataset, _ split: HeldOutSplit, _ backbone: LoadedBackbone,
        _ store: FeatureStore, _ console: Console
    ) throws -> DiffUpTrainer {
        let settings = plan.settings
        // Features are kept by the store.
        let extractor = PriorExtractor(backbone: backbone.backbone, parts: try settings.model.parts(), cacheCapacity: 0)
        let examples = TrainingExamples(
            dataset, items: split.training, extractor: extractor, settings.training,
            resolution: settings.model.decoder.resolution, store: store)
        guard !examples.items.isEmpty else {
            throw CommandError(
                "\(dataset.name): found no class with two images, expected a query and a support; use another list")
        }
        let heldOut = split.heldOut.classes.isEmpty ? "none" : split.heldOut.classes.map(\.name).joined(separator: ", ")
        console.note("Training on \(dataset.name): \(split.training.count) queries; held out: \(heldOut)")
        let bar = ProgressBar("features", total: examples.items.count, on: console)
        try examples.prepare { done, _ in
            bar.update(done)
            try Task.checkCancellation()
        }
        bar.finish()
        if let remark = store.remark { console.note(remark) }
        return try DiffUpTrainer(examples, model: settings.model, training: settings.training)
    }

    var engine: TrainingEngine { trainer.engine }
    var checkpointInterval: Int { plan.settings.training.checkpointInterval }
    var evaluationInterval: Int { plan.settings.training.evaluationInterval }

    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String {
        "loss \(smoothedLoss.rounded(to: 4))  lr \(String(format: "%.1e", progress.learningRate))"
    }

    func load(_ state: URL) throws { try trainer.loadState(from: state) }

    nonisolated(nonsending) func begin(in folder: TrainingFolder<DecoderPlan>, note: @escaping (String) -> Void) async throws {
        let selection = try HeldOutEvaluation(
            plan: plan, split: split, backbone: backbone, trainer: trainer, folder: folder, note: note)
        self.selection = selection
        try await selection.catchUp()
    }

    nonisolated(nonsending) func evaluate(at step: Int) async throws { try await selection?.evaluate(at: step) }

    func saveModel(to url: URL) throws { try trainer.saveModel(to: url) }

    func summary(_ end: TrainingEnd, in folder: TrainingFolder<DecoderPlan>) -> (value: TrainingSummary, lines: [String]) {
        let summary = TrainingSummary(
            folder: folder.url.path, model: folder.model.path, steps: plan.settings.training.steps, loss: end.last?.loss,
            smoothedLoss: end.smoothedLoss, best: selection?.best)
        var lines = ["Model: \(folder.model.path)"]
        if let best = selection?.best {
            lines.append("Best on held-out classes: \(best.percent) % mIoU at step \(best.step), \(folder.best.path)")
        }
        let network = [plan.backbone.name, plan.backbone.weights].compactMap { $0 }.joined(separator: "=")
        let lists = plan.dataset.lists.map { " --lists \($0)" } ?? ""
        lines.append(
            "Next: fss evaluate --dataset \(plan.dataset.dataset)\(lists) --fold \(plan.fold) --backbone \(network) --checkpoint \(folder.model.path)"
        )
        return (summary, lines)
    }
}

/// What a finished training reports.
struct TrainingSummary: Codable {
    var folder: String
    var model: String
    var steps: Int
    var loss: Float?
    var smoothedLoss: Double
    var best: HeldOutScore?
}
