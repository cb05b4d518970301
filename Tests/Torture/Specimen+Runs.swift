internal import Datasets
internal import Diffusion
internal import Foundation

extension Specimen {
    static let runs: [(name: String, make: Maker)] = [("manifest", manifest), ("records", records)]

    /// The manifests of every command that `--resume` reads.
    private static func manifest(_ place: Place) throws -> Specimen {
        let runs = ["predicted", "trained", "evaluated"]
        func folder(_ url: URL) -> String { url.deletingLastPathComponent().path }
        return Specimen(
            file: "run/manifest.json", originals: try runs.map { try place.original("\($0)/manifest.json") },
            readers: [
                { _ = try PredictionRun.resuming(RunFolder(resuming: folder($0), command: "predict")) },
                { _ = try DecoderTraining(resuming: folder($0)).folder.settings },
                { _ = try BackboneTraining(resuming: folder($0)).folder.settings },
                { _ = try EvaluationRun(resuming: RunFolder(resuming: folder($0), command: "evaluate")).plan },
            ])
    }

    private static func records(_ place: Place) throws -> Specimen {
        Specimen(
            file: "results.jsonl", originals: [try place.original("predicted/results.jsonl")],
            readers: [{ _ = try RecordLog<PredictionRecord>($0).records }])
    }
}
