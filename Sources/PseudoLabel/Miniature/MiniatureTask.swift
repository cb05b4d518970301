internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The training of one stage of a miniature.
final class MiniatureTask: TrainingTask {
    let plan: MiniaturePlan
    let engine: TrainingEngine
    private let networks: MiniatureNetworks
    private let scale: Float
    private let model: URL

    nonisolated(nonsending) init(_ folder: TrainingFolder<MiniaturePlan>, _ observe: RunObserver) async throws {
        var plan = folder.settings
        plan.settings.training.shards = try folder.shards(
            plan.settings.training.shards, ofBatch: plan.settings.training.batchSize, key: "training.shards", observe)
        let networks = try MiniatureNetworks(plan)
        if let digest = networks.baseDigest {
            try folder.requireUnchanged("the model of the stage before", plan.baseDigest, digest)
            plan.baseDigest = digest
        }
        let count = Shapes5i.baseClasses(ofFold: plan.fold).count * plan.settings.imagesPerClass
        observe(.note("Drawing \(count) scenes of Shapes-5i"))
        let scenes = try await CaptionedScenes(
            fold: plan.fold, imagesPerClass: plan.settings.imagesPerClass, size: plan.settings.shape.imageSize,
            framing: plan.settings.framing)
        if plan.stage != .autoencoder { observe(.note("Encoding them")) }
        let latents = plan.stage == .autoencoder ? nil : try SceneLatents(scenes, networks.autoencoder)
        scale = plan.stage == .control ? networks.autoencoder.configuration.scale : latents?.scale ?? 1
        let training = plan.settings.training
        var settings = TrainingEngine.Settings(
            schedule: LearningRateSchedule(
                base: training.learningRate, warmUpSteps: min(200, training.steps / 10), totalSteps: training.steps,
                decay: .cosine(final: 0.05)))
        settings.maximumNorm = 1
        settings.averageDecay = training.averageDecay
        settings.shards = training.shards
        settings.seed = training.seed
        let optimizer = Adam(
            learningRate: training.learningRate, decay: .decoupled(training.weightDecay), decaysVectors: false)
        engine = TrainingEngine(try networks.learner(plan, scenes, latents), optimizer: optimizer, settings: settings)
        (self.plan, self.networks) = (plan, networks)
        model = folder.file(MiniaturePlan.modelFile)
    }

    var checkpointInterval: Int { plan.settings.checkpointInterval }
    var loggedMetrics: [String] { plan.stage == .autoencoder ? [AutoencoderLearner.error] : [] }

    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String {
        let error = progress.metrics[AutoencoderLearner.error].map { "  error \($0.rounded(to: 1)) of 255" } ?? ""
        return "loss \(smoothedLoss.rounded(to: 4))\(error)"
    }

    func saveModel(to url: URL) throws {
        try engine.withAveragesNow { try networks.save(plan, scale: scale, to: DiffusersFolder(url, dtype: .bfloat16)) }
    }

    func summary(_ end: TrainingEnd) -> MiniatureSummary {
        MiniatureSummary(
            model: model.path, stage: plan.stage, steps: engine.settings.steps, smoothedLoss: end.smoothedLoss,
            bytes: Self.bytes(of: model))
    }

    private static func bytes(of folder: URL) -> Int {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey])
        return (files?.allObjects ?? []).reduce(0) { sum, file in
            sum + (((file as? URL).flatMap { try? $0.resourceValues(forKeys: [.fileSizeKey]) })?.fileSize ?? 0)
        }
    }
}
