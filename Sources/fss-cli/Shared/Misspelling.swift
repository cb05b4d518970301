internal import Foundation

/// A word of a command line that is no name of a command or an option.
///
/// The argument parser looks at required options and at values first, and at names last: a mistyped name then looks like a missing
/// or a wrong value. So a line that it refuses is searched for unknown names before its own message is shown.
struct Misspelling: Error, CustomStringConvertible {
    let description: String

    /// The first unknown name in a line; nil when all are known.
    init?(in words: [String], of root: CommandTree) {
        var (command, path) = (root, "fss")
        var rest = words[...]
        while !command.commands.isEmpty {
            let word = rest.first ?? "-"
            if let next = command.commands.first(where: { $0.commandName == word }) {
                rest = rest.dropFirst()
                (command, path) = (next, "\(path) \(word)")
            } else if !word.hasPrefix("-") {
                let names = command.commands.map(\.commandName)
                description = Self.message("command", word, Self.nearest(to: word, among: names), path)
                return
            } else if let standard = command.standard {
                (command, path) = (standard, "\(path) \(standard.commandName)")
            } else {
                break
            }
        }
        let known = command.options
        for word in rest.prefix(while: { $0 != "--" }) where word.hasPrefix("-") && word.count > 1 {
            let name = String(word.prefix { $0 != "=" })
            if known.contains(name) || Self.isGroup(name, of: known) { continue }
            if CommandWords.isNegativeNumber(word) {
                description =
                    "'\(word)' stands where an option may stand; give a value that begins with a hyphen as --option=\(word)."
                return
            }
            let long = known.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
            let nearest = Self.nearest(to: String(name.drop { $0 == "-" }), among: long)
            description = Self.message("option", name, nearest.map { "--\($0)" }, path)
            return
        }
        return nil
    }

    /// Short flags in one word, `-qh`.
    private static func isGroup(_ name: String, of known: Set<String>) -> Bool {
        !name.hasPrefix("--") && name.dropFirst().allSatisfy { known.contains("-\($0)") }
    }

    private static func message(_ kind: String, _ word: String, _ nearest: String?, _ path: String) -> String {
        let advice = nearest.map { " Did you mean '\($0)'?" } ?? ""
        return "Unknown \(kind) '\(word)'.\(advice)\n  See '\(path) --help' for more information."
    }

    /// The name that was probably meant: the same but for case and underscores, one that begins so, or one that a few changes lead to.
    private static func nearest(to word: String, among names: [String]) -> String? {
        let word = word.lowercased().replacing("_", with: "-")
        let rated = names.sorted().map { name in
            (name: name, changes: word.count > 2 && name.hasPrefix(word) ? 0 : changes(from: Array(word), to: Array(name)))
        }
        guard let best = rated.min(by: { $0.changes < $1.changes }) else { return nil }
        return best.changes <= max(1, min(3, word.count / 2)) ? best.name : nil
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func changes(from first: [Character], to second: [Character]) -> Int {
        var rows = [Array(0...second.count)]
        for (i, character) in first.enumerated() {
            var row = [i + 1]
            for (j, other) in second.enumerated() {
                let replaced = rows[i][j] + (character == other ? 0 : 1)
                var least = min(replaced, rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, character == second[j - 1], first[i - 1] == other { least = min(least, rows[i - 1][j - 1] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[first.count][second.count]
    }
}
