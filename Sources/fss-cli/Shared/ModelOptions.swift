internal import ArgumentParser
internal import Diffusion
internal import SegModels

/// The options that name one backbone.
struct BackboneOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The backbone: a built-in name (see `fss weights list`), a description (.json), or name=weights.",
            valueName: "name"))
    var backbone: String?

    @Option(help: ArgumentHelp("Its weights: safetensors, PyTorch (.pth, .pt) or NumPy (.npz).", valueName: "file"))
    var weights: String?

    /// What was asked for; nil when neither option is there.
    var choice: BackboneChoice? {
        get throws {
            switch (backbone, weights) {
            case (nil, nil): return nil
            case (let name, let weights?): return BackboneChoice(name: name, weights: weights)
            case (let text?, nil):
                let choice = BackboneChoice(text)
                guard choice.namesWeights else {
                    throw ValidationError("--backbone \(text) has no weights; add --weights <file>.")
                }
                return choice
            }
        }
    }
}

/// A whole model, and how masks are drawn.
struct ModelOptions: ParsableArguments {
    @OptionGroup var files: ModelFileOptions

    @OptionGroup var sampling: SamplingOptions

    /// Loads both halves.
    func load(_ common: CommonOptions) throws -> LoadedModel {
        let model = try choice.load(sampling: sampling.choice, compute: common.compute)
        model.backbones.flatMap(\.remarks).forEach(common.console.note)
        return model
    }

    /// Whether an option names a model.
    var isNamed: Bool { files.isNamed }

    /// The model that is named, by default the one of drawn shapes that comes along.
    var choice: ModelChoice { get throws { try files.choice } }
}

/// How masks are drawn.
struct SamplingOptions: ParsableArguments {
    @Option(help: "Sampling steps; by default as the checkpoint says.")
    var steps: Int?

    @Option(help: "Masks that are drawn and averaged; by default as the checkpoint says.")
    var ensemble: Int?

    @Option(help: "How masks are drawn: \(SamplerRegistry.names.joined(separator: ", ")); by default as the checkpoint says.")
    var sampler: String?

    @Option(
        help: ArgumentHelp(
            "End a walk when the IoU that the model predicts for its mask moves no more than this between steps; 0 for never.",
            valueName: "tolerance"))
    var settled: Float?

    @Option(help: "Probability from which on a pixel belongs to the object; 0.5 by default.")
    var threshold: Float?

    func validate() throws {
        if let ensemble, !(1...1000).contains(ensemble) { throw ValidationError("--ensemble is \(ensemble), expected 1...1000.") }
        if let sampler, !SamplerRegistry.names.contains(sampler) {
            throw ValidationError(
                "--sampler is \(sampler), expected \(SamplerRegistry.names.joined(separator: ", ")).")
        }
        if let settled, !(0...1).contains(settled) { throw ValidationError("--settled is \(settled), expected 0...1.") }
        if let threshold, !(0...1).contains(threshold) {
            throw ValidationError("--threshold is \(threshold), expected 0...1.")
        }
    }

    /// The threshold, by default 0.5.
    var thresholdValue: Float { threshold ?? 0.5 }

    /// What was asked for, by name.
    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--steps", steps != nil), ("--ensemble", ensemble != nil), ("--sampler", sampler != nil),
            ("--settled", settled != nil), ("--threshold", threshold != nil),
        ]
    }

    /// What differs from the checkpoint.
    var choice: SamplingChoice {
        SamplingChoice(steps: steps, ensemble: ensemble, sampler: sampler, settledTolerance: settled)
    }
}
