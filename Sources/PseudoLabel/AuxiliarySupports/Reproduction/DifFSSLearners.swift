internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The learners of a reproduction, given as files or trained by it.
struct DifFSSLearners {
    private let plan: DifFSSReproduction

    init(_ plan: DifFSSReproduction) { self.plan = plan }

    /// HSNet and PFENet in sizes that are soon trained behind the shapes' backbone.
    static var quick: [FewShotSettings] {
        var correlations = HSNetConfiguration()
        (correlations.imageSize, correlations.channels) = (160, [8, 16, 32])
        var enrichment = PFENetConfiguration()
        (enrichment.imageSize, enrichment.width) = (160, 32)
        var settings = [FewShotSettings(correlations), FewShotSettings(enrichment)]
        for index in settings.indices { (settings[index].training.steps, settings[index].training.batchSize) = (300, 8) }
        // The published SGD of PFENet has named nothing but ground after so few steps. Chosen on base classes of fold 0.
        (settings[1].training.optimizer, settings[1].training.learningRate) = (.adam, 1e-3)
        return settings
    }

    /// The architectures in files of learners, in their order.
    static func architectures(_ paths: [String], folds: [Int]) throws -> [String] {
        guard let fold = folds.first else { return [] }
        return try EvaluationPlan.learners(paths, ofFold: fold, among: folds)
            .map { try FewShotCheckpoint(contentsOf: URL(fileURLWithPath: $0)).settings.architecture }
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
        for fold in plan.folds { _ = try files(fold) }
    }

    /// The files of a fold.
    func files(_ fold: Int) throws(RunError) -> [String] {
        try EvaluationPlan.learners(plan.learners, ofFold: fold, among: plan.folds)
    }

    /// What the run trains.
    var trained: [FewShotSettings] { plan.trainedLearners.filter { plan.models.contains($0.architecture) } }

    /// Trains a learner, or goes on where its training stopped, and returns its file.
    nonisolated(nonsending) func train(
        _ settings: FewShotSettings, _ fold: Int, in folder: RunFolder, _ compute: ComputeSettings,
        _ observe: @escaping RunObserver
    ) async throws -> URL {
        var own = settings
        own.training.precision = plan.precision
        return try await FewShotTraining.model(
            of: FewShotPlan(dataset: plan.dataset, fold: fold, backbone: plan.backbone, settings: own),
            in: folder.url.appendingPathComponent("learners/\(settings.architecture)-fold\(fold)"),
            features: FeatureStore(folder: FeatureStore.standardFolder), compute: compute, observe: observe)
    }
}
