internal import ArgumentParser
internal import Foundation
internal import PseudoLabel

/// What makes auxiliary supports.
struct AuxiliaryGeneratorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What makes the pictures: shapes (the painter of drawn shapes), shapes-0.5 (leaving the layout by so much), folder=<path> of pictures <photo>_<class>_<number>.png, or a model of Stable Diffusion, a folder or a file, beside --controlnet; shapes by default.",
            valueName: "generator"))
    var auxiliaryGenerator: String?

    @Option(
        help: ArgumentHelp(
            "The ControlNet of the control, for Stable Diffusion: a folder or a file; for version 3 a folder.", valueName: "path")
    )
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
        try files.require("--controlnet", isGiven: controlnet != nil)
        if controlnet != nil && auxiliaryGenerator == nil {
            throw ValidationError("--controlnet belongs to --auxiliary-generator with a model of Stable Diffusion.")
        }
    }

    var choice: AuxiliaryGeneratorChoice {
        get throws {
            guard let controlnet, let model = auxiliaryGenerator else {
                return try AuxiliaryGeneratorChoice(text: auxiliaryGenerator ?? "shapes")
            }
            return .diffusion(
                model: Self.absolute(model), controlNet: Self.absolute(controlnet), vocabulary: files.vocabularyPath,
                textEncoders: files.textEncodersPath, prediction: files.prediction)
        }
    }

    /// The file of the edge network.
    var edges: String? { hed.map(Self.absolute) }

    static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
