package import Datasets
package import Foundation
internal import TensorCore

extension TrainingRun {
    /// The model of a training that a longer run needs: it is trained, or goes on where it stopped. One that is finished is not taken
    /// again, so that several processes may ask for it at once.
    ///
    /// - Parameters:
    ///   - plan: decides everything.
    ///   - folder: of the training.
    /// - Throws: as ``run(features:compute:arguments:observe:)``; `CancellationError` where the training was interrupted.
    package nonisolated(nonsending) static func model(
        of plan: Plan, in folder: URL, features: FeatureStore, compute: ComputeSettings, observe: @escaping RunObserver
    ) async throws -> URL {
        let model = folder.appendingPathComponent(Plan.modelFile)
        if RunManifest<Plan>.isFinished(folder, command: Plan.command) { return model }
        let isBegun = FileManager.default.fileExists(atPath: folder.appendingPathComponent(RunFolder.manifestName).path)
        let run = isBegun ? try TrainingRun(resuming: folder.path) : try TrainingRun(plan, at: folder.path)
        let outcome = try await run.run(features: features, compute: compute, observe: observe)
        if case .interrupted = outcome.end { throw CancellationError() }
        return outcome.model
    }
}
