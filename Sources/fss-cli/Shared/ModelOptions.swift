internal import ArgumentParser
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// A whole model: a backbone and a decoder's checkpoint, and how masks are drawn.
struct ModelOptions: ParsableArguments {
    @OptionGroup var backbone: BackboneOptions

    @Option(help: ArgumentHelp("A decoder, model.safetensors of `fss train`.", valueName: "file"))
    var checkpoint: String?

    @OptionGroup var sampling: SamplingOptions

    /// Loads both halves.
    func load(_ common: CommonOptions) throws -> LoadedModel {
        guard let choice = try backbone.choice, let checkpoint else {
            throw ValidationError("a model needs --backbone, --weights and --checkpoint.")
        }
        let loaded = try choice.load(precision: common.precisionValue)
        let file = URL(fileURLWithPath: checkpoint)
        let model = try sampling.applied(to: DiffUp.load(file, backbone: loaded.backbone), seed: common.seedValue)
        return LoadedModel(backbone: loaded, checkpoint: try FileRecord(file), model: model)
    }
}

/// A model and where it came from.
struct LoadedModel {
    var backbone: LoadedBackbone
    var checkpoint: FileRecord
    var model: DiffUp
}

/// How masks are drawn.
struct SamplingOptions: ParsableArguments {
    @Option(help: "Sampling steps; by default as the checkpoint says.")
    var steps: Int?

    @Option(help: "Masks that are drawn and averaged; by default as the checkpoint says.")
    var ensemble: Int?

    @Option(help: "Probability from which on a pixel belongs to the object.")
    var threshold: Float = 0.5

    func validate() throws {
        if let ensemble, !(1...1000).contains(ensemble) { throw ValidationError("--ensemble is \(ensemble), expected 1...1000.") }
        guard (0...1).contains(threshold) else { throw ValidationError("--threshold is \(threshold), expected 0...1.") }
    }

    /// The model with these settings.
    func applied(to model: DiffUp, seed: UInt32) throws -> DiffUp {
        let most = model.configuration.process.steps
        if let steps, !(1...most).contains(steps) {
            throw ValidationError("--steps is \(steps), expected 1...\(most), the steps of the checkpoint's process.")
        }
        return model.sampling { settings in
            settings.steps = steps ?? settings.steps
            settings.ensemble = ensemble ?? settings.ensemble
            settings.seed = seed
        }
    }
}
