internal import ArgumentParser
internal import Diffusion

/// Names in place of annotated photos.
struct WordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A name to look for, without any photo of it; may be repeated. Needs --words.", valueName: "name"))
    var word: [String] = []

    @Option(
        help: ArgumentHelp(
            "What reads names: words.safetensors of `fss train words` behind the same backbone.", valueName: "file"))
    var words: String?

    func validate() throws {
        if words == nil, let first = word.first {
            throw ValidationError("--word \(first) needs --words <file>; `fss train words` makes it behind a backbone.")
        }
    }

    /// The names and what reads them; nil for none.
    var choice: WordChoice? { word.isEmpty ? nil : words.map { WordChoice(word, path: $0) } }
}
