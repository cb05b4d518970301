internal import ArgumentParser
internal import Diffusion
internal import Foundation

/// What files of Stable Diffusion leave open.
struct DiffusionFileOptions: ParsableArguments {
    @Option(help: ArgumentHelp("CLIP's vocabulary, where it is not in the model's folder.", valueName: "path"))
    var vocabulary: String?

    @Option(
        help: ArgumentHelp(
            "Text encoders of a file of Stable Diffusion 3 that has none: clip_l, clip_g and t5xxl .safetensors, spiece.model. "
                + "By default the file's folder, and text_encoders in it.", valueName: "folder"))
    var textEncoders: String?

    @Option(help: "What the network of a file answers; a file of Stable Diffusion 2 needs it.")
    var prediction: LatentPrediction?

    /// What was given, by name.
    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--vocabulary", vocabulary != nil), ("--text-encoders", textEncoders != nil), ("--prediction", prediction != nil),
        ]
    }

    /// Refuses them where no model is named that they could belong to.
    func require(_ owner: String, isGiven: Bool) throws {
        guard !isGiven, let option = deciding.first(where: \.isGiven) else { return }
        throw ValidationError("\(option.name) belongs to \(owner).")
    }

    /// The vocabulary's whole path.
    var vocabularyPath: String? { vocabulary.map(Self.absolute) }

    /// The whole path of the text encoders' folder.
    var textEncodersPath: String? { textEncoders.map(Self.absolute) }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
