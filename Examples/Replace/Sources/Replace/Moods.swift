import PseudoLabel

/// A prompt proposer: the class in every mood, some of which say the same in other letters.
struct Moods: PromptProposer {
    let identity = "moods"
    private let words = ["quiet", "silent", "quite", "jolly", "fuzzy", "bold", "blod"]

    func proposals(_ request: PromptRequest) -> [String] {
        let known = Set(request.accepted + request.refused)
        return words.map { "a \($0) \(request.className)" }.filter { !known.contains($0) }
    }
}
