internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// The training of one decoder.
final class DecoderTask: TrainingTask {
    let plan: DecoderPlan
    let backbones: [BackboneRecord]
    private let trainer: DiffUpTrainer
    private let folder: TrainingFolder<DecoderPlan>
    private let selection: HeldOutEvaluation
    private let evaluated: [any Backbone]
    /// Draws the first auxiliary supports; nil for none.
    private let sheet: (() throws -> Void)?

    /// Loads what the plan names and computes the features that are missing.
    nonisolated(nonsending) init(
        _ folder: TrainingFolder<DecoderPlan>, _ features: FeatureStore, _ observe: RunObserver
    ) async throws {
        var plan = folder.settings
        plan.settings.training.shards = try folder.shards(
            plan.settings.training.shards, ofBatch: plan.settings.training.batchSize, key: "training.shards", observe)
        let training = plan.settings.training
        let networks = try plan.backbones.map { try $0.load(precision: training.backbonePrecision) }
        networks.flatMap(\.remarks).forEach { observe(.note($0)) }
        let dataset = try plan.dataset.training(fold: plan.fold)
        let split = try HeldOutSplit(dataset, count: training.heldOutClasses, seed: training.seed)
        let hashes = networks.map(\.weightsSHA256)
        try folder.requireUnchanged("the weights of the backbone", plan.weightsHash, hashes[0])
        for (known, hash) in zip(plan.furtherWeightsHashes ?? [], hashes.dropFirst()) {
            try folder.requireUnchanged("the weights of a further backbone", known, hash)
        }
        try folder.requireUnchanged("the training list", plan.listHash, dataset.listHash)
        plan.weightsHash = hashes[0]
        plan.furtherWeightsHashes = hashes.count > 1 ? Array(hashes.dropFirst()) : nil
        plan.listHash = dataset.listHash
        let heldOut = split.heldOut.classes.isEmpty ? "none" : split.heldOut.classes.map(\.name).joined(separator: ", ")
        observe(.note("Training on \(dataset.name): \(split.training.count) queries; held out: \(heldOut)"))
        let auxiliary = try plan.auxiliary?.make(Self.compute(plan))
        plan.auxiliary = auxiliary.flatMap { plan.auxiliary?.pinned(to: $0) }
        sheet = auxiliary.map { auxiliary in
            {
                let shown = try split.training.prefix(SupportSheet.count).map { try DecoderPlan.shown($0, in: dataset) }
                try SupportSheet.write(shown, auxiliary, networks[0], to: folder.file(SupportSheet.name))
            }
        }
        let extended = try auxiliary?.extending(dataset, backbone: networks[0].backbone) ?? dataset
        let photos = try await Self.photos(extended, split, training, features, observe)
        var examples: [TrainingExamples] = []
        for network in networks {
            examples.append(try await Self.examples(plan.settings, photos, split, network, features, folder.ranks, observe))
        }
        auxiliary?.remarks.forEach { observe(.note($0)) }
        let content = try examples[0].contentHash()
        try folder.requireUnchanged("the photos or their labels", plan.contentHash, content)
        plan.contentHash = content
        trainer = try DiffUpTrainer(behind: examples, model: plan.settings.model, training: training)
        selection = try HeldOutEvaluation(
            interval: training.evaluationInterval, episodes: plan.evaluationEpisodes, of: split.heldOut,
            annotation: training.annotations.first ?? .mask, seed: training.seed, in: folder.url)
        backbones = networks.map { BackboneRecord($0) }
        evaluated = networks.map(\.backbone)
        self.folder = folder
        self.plan = plan
    }

    /// How generators of supports compute.
    static func compute(_ plan: DecoderPlan) -> ComputeSettings {
        ComputeSettings(precision: plan.settings.training.backbonePrecision, seed: plan.seed)
    }

    /// The dataset with the regions and near views that the training asks for.
    private nonisolated(nonsending) static func photos(
        _ dataset: any FewShotDataset, _ split: HeldOutSplit, _ training: TrainingConfiguration, _ store: FeatureStore,
        _ observe: RunObserver
    ) async throws -> any FewShotDataset {
        let clock = RunClock("regions", total: Set(split.training.map(\.id)).count)
        let extended = try await RegionTasks.extending(dataset, items: split.training, training, store: store) { done, _ in
            observe(.progress(clock.progress(done)))
            try Task.checkCancellation()
        }
        if let tasks = extended as? RegionTasks {
            observe(.note("Beside them: \(tasks.regionItems.count / 2) regions, \(tasks.nearItems.count) near views"))
        }
        return extended
    }

    /// What is trained on, with all features in the store.
    private nonisolated(nonsending) static func examples(
        _ settings: TrainingSettings, _ dataset: any FewShotDataset, _ split: HeldOutSplit, _ backbone: LoadedBackbone,
        _ store: FeatureStore, _ ranks: RunRanks, _ observe: RunObserver
    ) async throws -> TrainingExamples {
        // Features are kept by the store.
        let extractor = PriorExtractor(backbone: backbone.backbone, parts: try settings.model.parts(), cacheCapacity: 0)
        let examples = TrainingExamples(
            dataset, items: split.training, extractor: extractor, settings.training,
            resolution: settings.model.decoder.resolution, store: store)
        guard !examples.classIDs.isEmpty else {
            throw RunError.file(
                dataset.name, found: "no class with two images", expected: "a query and a support", advice: "use another list")
        }
        let clock = RunClock("features", total: examples.items.count)
        try await examples.prepare(sharedBy: ranks.communicator) { done, _ in
            observe(.progress(clock.progress(done)))
            try Task.checkCancellation()
        }
        if let remark = store.remark { observe(.note(remark)) }
        return examples
    }

    var engine: TrainingEngine { trainer.engine }
    var checkpointInterval: Int { plan.settings.training.checkpointInterval }
    var evaluationInterval: Int { plan.settings.training.evaluationInterval }

    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String {
        "loss \(smoothedLoss.rounded(to: 4))  lr \(String(format: "%.1e", progress.learningRate))"
    }

    nonisolated(nonsending) func begin(observe: @escaping RunObserver) async throws {
        if folder.ranks.isFirst { try sheet?() }
        if evaluationInterval > 0 { try await selection.begin(at: engine.step, scored(), observe) }
    }

    nonisolated(nonsending) func evaluate(at step: Int, observe: @escaping RunObserver) async throws {
        try await selection.evaluate(at: step, scored(), observe)
    }

    /// The averaged weights of the moment behind all backbones.
    private func scored() throws -> HeldOutEvaluation.Candidate {
        let decoder = try trainer.averagedDecoder()
        let models = try evaluated.map { try DiffUp(backbone: $0, denoiser: decoder, parts: trainer.model.parts()) }
        return HeldOutEvaluation.Candidate(segmenters: models) { [trainer] in try trainer.saveModel(to: $0) }
    }

    func saveModel(to url: URL) throws { try trainer.saveModel(to: url) }

    func summary(_ end: TrainingEnd) -> DecoderSummary {
        DecoderSummary(
            folder: folder.url.path, model: folder.file(DecoderPlan.modelFile).path, steps: engine.settings.steps,
            loss: end.last?.loss, smoothedLoss: end.smoothedLoss, best: selection.best,
            bestModel: selection.best.map { _ in folder.file(HeldOutEvaluation.bestFile).path })
    }
}
