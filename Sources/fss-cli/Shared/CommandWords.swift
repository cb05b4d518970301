internal import ArgumentParser
internal import Foundation

/// The words of a command line as people write them, made ready for the argument parser, which takes every word that begins with a
/// hyphen for an option, and options for those of the command before them.
enum CommandWords {
    /// Flags that every command has, which may also stand before its name.
    private static let commonFlags: Set<String> = ["-q", "--quiet", "--json"]

    /// The words in the parser's form.
    ///
    /// - Flags before the command go to its end, `fss -q predict ...`.
    /// - A negative number after an option is its value, `--box -5,0,40,40`: no option begins with a digit.
    ///
    /// - Throws: `ValidationError` for a word that begins with another dash than a hyphen, as texts and pages have them, unless a
    ///   file has that name.
    static func prepared(_ words: [String]) throws -> [String] {
        let end = words.firstIndex(of: "--") ?? words.endIndex
        let flags = words[..<end].prefix { commonFlags.contains($0) }
        var prepared: [String] = []
        for word in words[flags.count..<end] {
            try checkDash(word)
            if isNegativeNumber(word), let option = prepared.last, option.hasPrefix("--"), !option.contains("=") {
                prepared[prepared.count - 1] = "\(option)=\(word)"
            } else {
                prepared.append(word)
            }
        }
        if prepared.isEmpty { return words }
        return prepared + flags + words[end...]
    }

    /// Whether a word begins as a negative number does.
    static func isNegativeNumber(_ word: String) -> Bool { word.prefixMatch(of: #/-\.?[0-9]/#) != nil }

    private static func checkDash(_ word: String) throws {
        guard let dash = word.first, "\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}".contains(dash) else { return }
        let name = word.drop { $0 == dash || $0 == "-" }
        guard name.first?.isLetter ?? false, !FileManager.default.fileExists(atPath: word) else { return }
        throw ValidationError("'\(word)' begins with a dash that is no hyphen; write --\(name).")
    }
}
