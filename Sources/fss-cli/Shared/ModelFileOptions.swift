internal import ArgumentParser
internal import Diffusion

/// The files of a whole model: a backbone, or several that are fused, and a decoder's checkpoint.
struct ModelFileOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The backbone: a built-in name (see `fss weights list`), a description (.json), or name=weights; several with --fused.",
            valueName: "name"))
    var backbone: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Its weights: safetensors, PyTorch (.pth, .pt) or NumPy (.npz); one file for each backbone.", valueName: "file"))
    var weights: [String] = []

    @Flag(help: "Ask several backbones at once: the decoder sees their priors as further views; nothing is trained.")
    var fused = false

    @Option(
        help: ArgumentHelp(
            "A decoder, model.safetensors of `fss train`; by default one that comes along.",
            valueName: "file"))
    var checkpoint: String?

    /// Whether an option names a model.
    var isNamed: Bool { !backbone.isEmpty || !weights.isEmpty || checkpoint != nil || fused }

    /// The networks in their order.
    var backbones: [BackboneChoice] {
        get throws {
            guard weights.isEmpty || backbone.isEmpty || weights.count == backbone.count else {
                throw ValidationError(
                    "found \(backbone.count) backbones and \(weights.count) files of weights; give a file for each, or name=weights."
                )
            }
            let count = max(backbone.count, weights.count)
            return try (0..<count).map { index in
                var options = BackboneOptions()
                options.backbone = backbone.isEmpty ? nil : backbone[index]
                options.weights = weights.isEmpty ? nil : weights[index]
                guard let choice = try options.choice else { throw ValidationError("a backbone is missing.") }
                return choice
            }
        }
    }

    func validate() throws { _ = try choice }

    /// The model that is named, by default the one of drawn shapes that comes along.
    var choice: ModelChoice {
        get throws {
            let found = try backbones
            if fused {
                guard found.count > 1 else {
                    throw ValidationError(
                        "--fused needs two backbones or more, found \(found.count): --backbone a=a.pth b=b.pth.")
                }
                return .fused(backbones: found, checkpoint: checkpoint)
            }
            guard found.count < 2 else {
                throw ValidationError("found \(found.count) backbones; give one, or --fused to ask all of them at once.")
            }
            switch (found.first, checkpoint) {
            case (let backbone?, let checkpoint?): return .files(backbone: backbone, checkpoint: checkpoint)
            case (nil, nil): return .shipped
            case (let backbone?, nil): return .photos(backbone: backbone)
            case (nil, _?): throw ValidationError("a decoder (--checkpoint) needs a backbone (--backbone, --weights).")
            }
        }
    }
}
