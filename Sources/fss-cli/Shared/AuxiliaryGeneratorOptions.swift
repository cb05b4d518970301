internal import ArgumentParser
internal import Foundation
internal import PseudoLabel

/// What makes auxiliary supports.
struct AuxiliaryGeneratorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What makes the pictures: shapes (the painter of drawn shapes), shapes-0.5 (leaving the layout by so much), folder=<path> of pictures <photo>_<class>_<number>.png, or a model of Stable Diffusion, a folder or a file, beside --controlnet or with one in its folder; shapes by default.",
            valueName: "generator"))
    var auxiliaryGenerator: String?

    @Option(
        help: ArgumentHelp(
            "The ControlNet of the control, for Stable Diffusion: a folder or a file; for version 3 a folder. By default that of the model's folder.",
            valueName: "path"))
    var controlnet: String?

    @OptionGroup var files: DiffusionFileOptions

    @Option(
        help: ArgumentHelp(
            "Weights of HED, whose edges scribble and hed are drawn from; the mask's outline without.", valueName: "file"))
    var hed: String?

    /// What was given, by name.
    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--auxiliary-generator", auxiliaryGenerator != nil), ("--controlnet", controlnet != nil),
            ("--hed", hed != nil),
        ] + files.deciding
    }

    func validate() throws {
        let isModel = auxiliaryGenerator.map(AuxiliaryGeneratorChoice.isModel) ?? false
        try files.require("--controlnet, or to a model with its own", isGiven: controlnet != nil || isModel)
        if controlnet != nil && auxiliaryGenerator == nil {
            throw ValidationError("--controlnet belongs to --auxiliary-generator with a model of Stable Diffusion.")
        }
    }

    var choice: AuxiliaryGeneratorChoice {
        get throws {
            let named = auxiliaryGenerator ?? "shapes"
            guard controlnet == nil else { return diffusion(named) }
            let choice = try AuxiliaryGeneratorChoice(text: named)
            guard case .diffusion = choice else { return choice }
            return diffusion(named)
        }
    }

    private func diffusion(_ model: String) -> AuxiliaryGeneratorChoice {
        .diffusion(
            model: Self.absolute(model), controlNet: controlnet.map(Self.absolute), vocabulary: files.vocabularyPath,
            textEncoders: files.textEncodersPath, prediction: files.prediction)
    }

    /// The file of the edge network.
    var edges: String? { hed.map(Self.absolute) }

    static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
