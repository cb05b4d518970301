internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss train`.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a decoder or another learner on base classes, a small backbone, words, or a small text-to-image model.",
        discussion: """
            Without a subcommand a decoder is trained:
              fss train --dataset shapes5i --fold 0 --backbone net.safetensors \\
                  --out runs/shapes0
            """,
        subcommands: [TrainDecoder.self, TrainLearner.self, TrainBackbone.self, TrainWords.self, TrainMiniature.self],
        defaultSubcommand: TrainDecoder.self)
}

extension CommonOptions {
    /// Runs a training, shows it and says how it ended.
    ///
    /// - Parameters:
    ///   - resumption: what continues the run, before its folder.
    ///   - lines: what people read of a finished training.
    nonisolated(nonsending) func train<Plan: TrainingPlan>(
        _ training: TrainingRun<Plan>, features: FeatureStore = FeatureStore(), resumption: String,
        lines: (Plan.Summary, Plan) -> [String]
    ) async throws {
        let ranks = training.folder.ranks
        let compute = ranks.settled(training.folder.compute?.settings(threads: threads, device: device) ?? compute)
        try compute.apply()
        try console.introduce(ranks)
        let bar = ProgressBar(on: console)
        defer { bar.finish() }
        let outcome = try await training.run(
            features: features, compute: compute, arguments: FSS.arguments, observe: bar.show)
        bar.finish()
        switch outcome.end {
        case .finished(let summary):
            console.showLosses(of: outcome.folder)
            lines(summary, training.folder.settings).forEach(console.line)
            try console.emit(summary)
        case .interrupted(let step):
            throw Interrupted(
                advice: "A checkpoint of step \(step) is written. Continue with: \(resumption) \(outcome.folder.path)")
        case .finishedBefore:
            console.note("\(outcome.folder.path): the run is finished, its model is \(outcome.model.path)")
        }
    }
}

extension Console {
    /// Draws the losses of a training, where somebody looks on.
    fileprivate func showLosses(of folder: URL) {
        guard let terminal = Terminal.standardError, let curves = try? TrainingCurves(contentsOf: folder) else { return }
        // The last column stays free, so that no terminal begins another row.
        curves.loss.lines(columns: min(terminal.columns, 100) - 1).forEach(note)
    }
}
