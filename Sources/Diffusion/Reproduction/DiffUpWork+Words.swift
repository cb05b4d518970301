internal import Datasets
internal import Foundation

extension DiffUpWork {
    /// The words behind a backbone, the same for all seeds of a fold.
    ///
    /// - Parameter backbone: the first one, as a choice.
    func words(behind backbone: BackboneChoice, _ cell: DiffUpCell) async throws -> LoadedWords {
        let training = WordPlan(backbone: backbone, fold: cell.fold, settings: plan.settings.words, precision: plan.precision)
        let url = folder.url.appendingPathComponent("words/fold\(cell.fold)")
        let model = try await WordTraining.model(of: training, in: url, features: store, compute: compute, observe: observe)
        return try LoadedWords(model.path)
    }
}
