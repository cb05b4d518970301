internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The learners of a reproduction, given as files or trained by it.
struct DifFSSLearners {
    private let plan: DifFSSReproduction

    init(_ plan: DifFSSReproduction) { self.plan = plan }

    /// HSNet and PFENet in sizes that a minute or two train behind the shapes' backbone.
    static var quick: [FewShotSettings] {
        var correlations = HSNetConfiguration()
        (correlations.imageSize, correlations.channels) = (160, [8, 16, 32])
        var enrichment = PFENetConfiguration()
        (enrichment.imageSize, enrichment.width) = (160, 32)
        var settings = [FewShotSettings(correlations), FewShotSettings(enrichment)]
        for index in settings.indices { (settings[index].training.steps, settings[index].training.batchSize) = (300, 8) }
        return settings
    }

    /// Refuses a model without its learner, learners of a kind that is there twice, and one file for several folds.
    func validate() throws {
        for settings in plan.trainedLearners { try settings.validate(source: "a learner") }
        let kinds = plan.trainedLearners.map(\.architecture)
        guard Set(kinds).count == kinds.count else {
            throw RunError.setting("learners", found: kinds.joined(separator: ", "), expected: "one of each architecture")
        }
        if plan.learners.isEmpty,
            let missing = plan.models.first(where: { FewShotFamilies.names.contains($0) && !kinds.contains($0) })
        {
            throw RunError.conflict("the model \(missing) needs --learner, its checkpoint of every fold.")
        }
        if plan.folds.count > 1, let path = plan.learners.first(where: { !$0.contains("{fold}") }) {
            throw RunError.conflict(
                "found the learner \(path) for \(plan.folds.count) folds; give a path with {fold}: a learner saw the classes of all folds but its own."
            )
        }
    }

    /// The files of a fold.
    func files(_ fold: Int) -> [String] { plan.learners.map { $0.replacing("{fold}", with: String(fold)) } }

    /// What the run trains.
    var trained: [FewShotSettings] { plan.trainedLearners.filter { plan.models.contains($0.architecture) } }

    private func place(_ settings: FewShotSettings, _ fold: Int, in folder: RunFolder) -> URL {
        folder.url.appendingPathComponent("learners/\(settings.architecture)-fold\(fold)")
    }

    /// The file of a learner that the run has trained.
    func model(_ settings: FewShotSettings, _ fold: Int, in folder: RunFolder) -> URL {
        place(settings, fold, in: folder).appendingPathComponent(FewShotPlan.modelFile)
    }

    /// Trains a learner, or goes on where its training stopped, and returns its file.
    nonisolated(nonsending) func train(
        _ settings: FewShotSettings, _ fold: Int, in folder: RunFolder, _ features: FeatureStore, _ compute: ComputeSettings,
        _ observe: @escaping RunObserver
    ) async throws -> URL {
        var own = settings
        own.training.precision = plan.precision
        let training = FewShotPlan(dataset: plan.dataset, fold: fold, backbone: plan.backbone, settings: own)
        let url = place(settings, fold, in: folder)
        let isThere = FileManager.default.fileExists(atPath: url.appendingPathComponent(RunFolder.manifestName).path)
        let run = isThere ? try FewShotTraining(resuming: url.path) : try FewShotTraining(training, at: url.path)
        let outcome = try await run.run(features: features, compute: compute, observe: observe)
        if case .interrupted = outcome.end { throw CancellationError() }
        return outcome.model
    }
}
