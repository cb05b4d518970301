internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The training of one decoder, from its plan to its files.
final class DecoderRun {
    private let folder: TrainingFolder
    private let console: Console
    private let start = Date()
    private let backbone: LoadedBackbone
    private let split: HeldOutSplit
    private let dataset: any FewShotDataset
    private var plan: TrainingPlan
    private var manifest: RunManifest<TrainingPlan>

    /// Loads what the plan names; nothing is written yet.
    init(folder: TrainingFolder, common: CommonOptions) throws {
        self.folder = folder
        console = common.console
        plan = folder.plan
        let training = plan.settings.training
        guard training.evaluationInterval == 0 || training.heldOutClasses > 0 else {
            throw CommandError(
                "training.evaluationInterval is \(training.evaluationInterval), expected training.heldOutClasses above 0 beside it"
            )
        }
        backbone = try plan.backbone.load(precision: training.backbonePrecision)
        dataset = try plan.dataset.dataset(.training, fold: plan.fold)
        split = try HeldOutSplit(dataset, count: training.heldOutClasses, seed: training.seed)
        try Self.compare(plan.weightsHash, backbone.weightsSHA256, "the weights of the backbone", folder)
        try Self.compare(plan.listHash, dataset.listHash, "the training list", folder)
        plan.weightsHash = backbone.weightsSHA256
        plan.listHash = dataset.listHash
        manifest = RunManifest(
            command: "train decoder", common: common, backbones: [BackboneRecord(backbone)], settings: plan, started: start)
        manifest.seed = training.seed
        manifest.precision = training.precision
    }

    private static func compare(_ stored: String?, _ found: String, _ what: String, _ folder: TrainingFolder) throws {
        guard let stored, stored != found else { return }
        throw CommandError("\(folder.url.path): \(what) changed since the run began; restore it, or start a new run")
    }

    /// Trains until the end or an interruption.
    func train() async throws {
        let settings = plan.settings
        let trainer = try prepared()
        try folder.create()
        try folder.write(manifest)
        let log = try StepLog(
            folder.metrics, header: ["step", "loss", "learning_rate", "gradient_norm", "seconds"], upTo: trainer.step)
        let elapsedBefore = log.kept.last.flatMap { Double($0[4]) } ?? 0
        let selection = try HeldOutEvaluation(plan: plan, split: split, backbone: backbone, trainer: trainer, folder: folder)
        try await selection.catchUp { console.note($0) }
        let clock = ContinuousClock()
        let began = clock.now
        let bar = ProgressBar("training", total: settings.training.steps, from: trainer.step, on: console)
        var loss = 0.0
        var last: DiffUpTrainer.Progress?
        func evaluateAndSave(_ step: Int) async throws {
            if selection.isDue(step) {
                bar.finish()
                try await selection.afterStep(step) { console.note($0) }
            }
            if step % settings.training.checkpointInterval == 0 { try save(trainer) }
        }
        var pending: Int?
        repeat {
            pending = nil
            try trainer.run { progress in
                last = progress
                loss = loss == 0 ? Double(progress.loss) : loss * 0.95 + Double(progress.loss) * 0.05
                let seconds = elapsedBefore + (clock.now - began).seconds
                try log.append([
                    String(progress.step), String(progress.loss), String(progress.learningRate), String(progress.gradientNorm),
                    seconds.rounded(to: 2),
                ])
                bar.update(progress.step, "loss \(loss.rounded(to: 4))  lr \(String(format: "%.1e", progress.learningRate))")
                if selection.isDue(progress.step) || progress.step % settings.training.checkpointInterval == 0 {
                    pending = progress.step
                }
                return pending == nil && !Interruption.isRequested
            }
            if let pending { try await evaluateAndSave(pending) }
        } while pending != nil && !Interruption.isRequested
        bar.finish()
        try save(trainer)
        guard trainer.step == settings.training.steps else {
            try folder.write(manifest.ended("interrupted", since: start))
            throw Interrupted(
                advice: "A checkpoint of step \(trainer.step) is written. Continue with: fss train --resume \(folder.url.path)")
        }
        try folder.write(manifest.ended(since: start))
        try report(last, smoothed: loss, selection)
    }

    /// The trainer with its examples, at the step that it continues from.
    private func prepared() throws -> DiffUpTrainer {
        let settings = plan.settings
        // Every query is asked for once: nothing to keep.
        let extractor = PriorExtractor(backbone: backbone.backbone, configuration: settings.model, cacheCapacity: 0)
        console.note("Training on \(dataset.name): \(split.training.count) queries; held out: \(heldOutNames)")
        let bar = ProgressBar("priors", total: split.training.count, on: console)
        let bank = try PriorBank(dataset, items: split.training, extractor: extractor, settings.training) { done, _ in
            bar.update(done)
            try Interruption.check()
        }
        bar.finish()
        guard !bank.queries.isEmpty else {
            throw CommandError(
                "\(dataset.name): found no class with two images, expected a query and a support; use another list")
        }
        let trainer = DiffUpTrainer(bank: bank, model: settings.model, training: settings.training)
        if folder.isResumed { try trainer.loadState(from: folder.state) }
        return trainer
    }

    private var heldOutNames: String {
        split.heldOut.classes.isEmpty ? "none" : split.heldOut.classes.map(\.name).joined(separator: ", ")
    }

    private func save(_ trainer: DiffUpTrainer) throws {
        try trainer.saveState(to: folder.state)
        try trainer.saveModel(to: folder.model)
    }

    private func report(_ last: DiffUpTrainer.Progress?, smoothed loss: Double, _ selection: HeldOutEvaluation) throws {
        let summary = TrainingSummary(
            folder: folder.url.path, model: folder.model.path, steps: plan.settings.training.steps, loss: last?.loss,
            smoothedLoss: loss, best: selection.best)
        try TextFile.writeJSON(summary, to: folder.url.appendingPathComponent("metrics.json"))
        console.line("Model: \(folder.model.path)")
        if let best = selection.best {
            console.line("Best on held-out classes: \(best.percent) % mIoU at step \(best.step), \(folder.best.path)")
        }
        let network = [plan.backbone.name, plan.backbone.weights].compactMap { $0 }.joined(separator: "=")
        let lists = plan.dataset.lists.map { " --lists \($0)" } ?? ""
        console.line(
            "Next: fss evaluate --dataset \(plan.dataset.dataset)\(lists) --fold \(plan.fold) --backbone \(network) --checkpoint \(folder.model.path)"
        )
        try console.emit(summary)
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
