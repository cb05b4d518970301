internal import ArgumentParser
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// A whole model: a backbone and a decoder's checkpoint, and how masks are drawn.
struct ModelOptions: ParsableArguments {
    @OptionGroup var backbone: BackboneOptions

    @Option(
        help: ArgumentHelp(
            "A decoder, model.safetensors of `fss train`; by default, without a backbone, the model that comes along.",
            valueName: "file"))
    var checkpoint: String?

    @OptionGroup var sampling: SamplingOptions

    /// Loads both halves.
    func load(_ common: CommonOptions) throws -> LoadedModel {
        let (loaded, file) = try parts(common)
        var checkpoint = try DiffUpCheckpoint(contentsOf: file)
        try sampling.apply(to: &checkpoint.configuration, seed: common.seedValue)
        return LoadedModel(
            backbone: loaded, checkpoint: try FileRecord(file), configuration: checkpoint.configuration,
            model: try checkpoint.model(behind: loaded.backbone))
    }
}

extension ModelOptions {
    /// The backbone and the decoder's file: both as given, or both as shipped.
    private func parts(_ common: CommonOptions) throws -> (LoadedBackbone, URL) {
        switch (try backbone.choice, checkpoint) {
        case (let choice?, let checkpoint?):
            return (try choice.load(precision: common.precisionValue), URL(fileURLWithPath: checkpoint))
        case (nil, nil):
            guard let shipped = ShippedModels.shapes5i else {
                throw CommandError(
                    "the model that comes along is missing from this build; give --backbone, --weights and --checkpoint")
            }
            return (try Backbones.load(weights: shipped.backbone, precision: common.precisionValue), shipped.decoder)
        default:
            throw ValidationError(
                "a model needs both a backbone (--backbone, --weights) and a decoder (--checkpoint), or neither.")
        }
    }
}

/// A model and where it came from.
struct LoadedModel {
    var backbone: LoadedBackbone
    var checkpoint: FileRecord
    var configuration: DiffUpConfiguration
    var model: DiffUp
}

/// How masks are drawn.
struct SamplingOptions: ParsableArguments {
    @Option(help: "Sampling steps; by default as the checkpoint says.")
    var steps: Int?

    @Option(help: "Masks that are drawn and averaged; by default as the checkpoint says.")
    var ensemble: Int?

    @Option(help: "Probability from which on a pixel belongs to the object; 0.5 by default.")
    var threshold: Float?

    func validate() throws {
        if let ensemble, !(1...1000).contains(ensemble) { throw ValidationError("--ensemble is \(ensemble), expected 1...1000.") }
        if let threshold, !(0...1).contains(threshold) {
            throw ValidationError("--threshold is \(threshold), expected 0...1.")
        }
    }

    /// The threshold, by default 0.5.
    var thresholdValue: Float { threshold ?? 0.5 }

    /// Puts these settings in place of the checkpoint's.
    func apply(to configuration: inout DiffUpConfiguration, seed: UInt64) throws {
        let most = configuration.process.steps
        if let steps, !(1...most).contains(steps) {
            throw ValidationError("--steps is \(steps), expected 1...\(most), the steps of the checkpoint's process.")
        }
        configuration.sampling.steps = steps ?? configuration.sampling.steps
        configuration.sampling.ensemble = ensemble ?? configuration.sampling.ensemble
        configuration.sampling.seed = seed
    }
}
