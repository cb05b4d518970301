internal import ArgumentParser
internal import Diffusion

/// Names in place of annotated photos.
struct WordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A name to look for, without any photo of it; may be repeated.", valueName: "name"))
    var word: [String] = []

    @Option(
        help: ArgumentHelp(
            "What reads names: words.safetensors of `fss train words` behind the same backbone; by default words of drawn shapes that come along, behind the backbone that comes along.",
            valueName: "file"))
    var words: String?

    /// The names and what reads them; nil for none.
    var choice: WordChoice? { word.isEmpty ? nil : WordChoice(word, path: words) }
}
