internal import Datasets
internal import Foundation
internal import SegModels

extension DiffUpWork {
    /// The words behind a backbone, the same for all seeds of a fold.
    ///
    /// - Parameter backbone: the first one, as a choice.
    func words(behind backbone: BackboneChoice, _ cell: DiffUpCell) async throws -> EvaluatedWords {
        let url = folder.url.appendingPathComponent("words/fold\(cell.fold)")
        if hasWords { return try EvaluatedWords(url.appendingPathComponent(WordPlan.modelFile).path) }
        let plan = WordPlan(backbone: backbone, fold: cell.fold, settings: plan.settings.words, precision: plan.precision)
        let isThere = FileManager.default.fileExists(atPath: url.appendingPathComponent(RunFolder.manifestName).path)
        let run = isThere ? try WordTraining(resuming: url.path) : try WordTraining(plan, at: url.path)
        let outcome = try await run.run(features: store, compute: compute, observe: observe)
        if case .interrupted = outcome.end { throw CancellationError() }
        return try EvaluatedWords(outcome.model.path)
    }

    /// What finds a name of the cell without a decoder.
    func wordBaseline(
        _ measure: DiffUpMeasure, behind backbone: any Backbone, _ words: EvaluatedWords, known: [String]
    ) throws -> WordBaseline? {
        try words.baselines(behind: backbone, known: known).first { $0.method == measure.variant }?.1
    }
}
