internal import Foundation

/// Texts as CLIP's tokenizer reads them: `ftfy.fix_text`, `html.unescape` twice, white space collapsed, small letters.
///
/// ftfy's repair of texts that were decoded in a wrong encoding ("donâ€™t") is left out: it is a table of guesses, and texts
/// that need it are no prompts. Everything else of it is here: references of HTML, C1 controls, ligatures, widths, quotes, line
/// breaks, terminal escapes, control characters and NFC. All of it works on Unicode scalars: Swift's characters are clusters.
enum TextCleaning {
    typealias Scalars = [Unicode.Scalar]

    /// `whitespace_clean(basic_clean(text)).lower()` of the reference.
    static func cleaned(_ text: String) -> Scalars {
        let fixed = repaired(Array(text.unicodeScalars))
        let plain = HTMLUnescape.all(HTMLUnescape.all(fixed))
        return lowercased(collapsed(plain))
    }

    /// `ftfy.fix_text` line by line, without its repair of encodings.
    static func repaired(_ text: Scalars) -> Scalars {
        var result: Scalars = []
        var unescapes = true
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: "\n").map { $0 + 1 } ?? text.count
            let line = Scalars(text[start..<end])
            // A text with tags is taken for HTML, whose references mean themselves, from that line on.
            unescapes = unescapes && !line.contains("<")
            result += repairedLine(line, unescapes: unescapes)
            start = end
        }
        return result
    }

    private static func repairedLine(_ line: Scalars, unescapes: Bool) -> Scalars {
        var text = line
        // Every step makes the text shorter or simpler; the bound is for safety only.
        for _ in 0..<16 {
            let before = text
            if unescapes { text = HTMLUnescape.unambiguous(text) }
            text = text.flatMap { substitute($0) }
            text = withUnixLineBreaks(text)
            text = withoutTerminalEscapes(text)
            text.removeAll { isUnwantedControl($0.value) }
            text = normalized(text)
            if text == before { break }
        }
        return text
    }

    /// What stands for a single character: C1 controls, ligatures, other widths, curly quotes.
    private static func substitute(_ scalar: Unicode.Scalar) -> Scalars {
        let value = scalar.value
        if value < 0x80 { return [scalar] }
        let first = value <= 0x9f ? Windows1252.scalar(of: UInt8(value)) : scalar
        if let letters = ligatures[first] { return letters.flatMap { uncurled($0) } }
        if value == 0x3000 { return [" "] }
        if (0xff01..<0xfff0).contains(value) {
            let alternate = String(scalar).precomposedStringWithCompatibilityMapping
            return alternate.unicodeScalars.flatMap { uncurled($0) }
        }
        return uncurled(first)
    }

    private static func uncurled(_ scalar: Unicode.Scalar) -> Scalars {
        switch scalar.value {
        case 0x02bc, 0x2018...0x201b: ["'"]
        case 0x201c...0x201f: ["\""]
        default: [scalar]
        }
    }

    private static let ligatures: [Unicode.Scalar: Scalars] = [
        "Ĳ": ["I", "J"], "ĳ": ["i", "j"], "ŉ": ["ʼ", "n"], "Ǳ": ["D", "Z"], "ǲ": ["D", "z"], "ǳ": ["d", "z"], "Ǆ": ["D", "Ž"],
        "ǅ": ["D", "ž"], "ǆ": ["d", "ž"], "Ǉ": ["L", "J"], "ǈ": ["L", "j"], "ǉ": ["l", "j"], "Ǌ": ["N", "J"], "ǋ": ["N", "j"],
        "ǌ": ["n", "j"], "ﬀ": ["f", "f"], "ﬁ": ["f", "i"], "ﬂ": ["f", "l"], "ﬃ": ["f", "f", "i"], "ﬄ": ["f", "f", "l"],
        "ﬅ": ["ſ", "t"], "ﬆ": ["s", "t"],
    ]

    private static func withUnixLineBreaks(_ text: Scalars) -> Scalars {
        var result: Scalars = []
        for (index, scalar) in text.enumerated() {
            switch scalar {
            case "\r" where index + 1 < text.count && text[index + 1] == "\n": continue
            case "\r", "\u{2028}", "\u{2029}", "\u{85}": result.append("\n")
            default: result.append(scalar)
            }
        }
        return result
    }

    /// Without `ESC [ digits and semicolons letter`.
    private static func withoutTerminalEscapes(_ text: Scalars) -> Scalars {
        guard text.contains("\u{1b}") else { return text }
        var result: Scalars = []
        var index = 0
        while index < text.count {
            if let end = escapeEnd(text, index) {
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    private static func escapeEnd(_ text: Scalars, _ start: Int) -> Int? {
        guard text[start] == "\u{1b}", start + 1 < text.count, text[start + 1] == "[" else { return nil }
        var index = start + 2
        while index < text.count, text[index] == ";" || text[index].properties.generalCategory == .decimalNumber { index += 1 }
        guard index < text.count else { return nil }
        switch text[index] {
        case "a"..."z", "A"..."Z": return index + 1
        default: return nil
        }
    }

    private static func isUnwantedControl(_ value: UInt32) -> Bool {
        switch value {
        case 0...8, 0x0b, 0x0e...0x1f, 0x7f, 0x206a...0x206f, 0xfeff, 0xfff9...0xfffc: true
        default: false
        }
    }

    /// Canonically composed (NFC).
    private static func normalized(_ text: Scalars) -> Scalars {
        guard text.contains(where: { $0.value >= 0x300 }) else { return text }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        return Array(String(view).precomposedStringWithCanonicalMapping.unicodeScalars)
    }

    /// Runs of white space as one space, none at the ends.
    private static func collapsed(_ text: Scalars) -> Scalars {
        let words = text.split { $0.properties.isWhitespace }
        return Scalars(words.joined(separator: [" "]))
    }

    /// Python's `str.lower`: Unicode's full mapping with the small sigma that ends a word.
    private static func lowercased(_ text: Scalars) -> Scalars {
        text.indices.flatMap { index -> Scalars in
            let scalar = text[index]
            if scalar.isASCII { return [scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar] }
            if scalar == "Σ" { return [endsWord(text, index) ? "ς" : "σ"] }
            return Scalars(scalar.properties.lowercaseMapping.unicodeScalars)
        }
    }

    private static func endsWord(_ text: Scalars, _ index: Int) -> Bool {
        func isCased(_ found: Unicode.Scalar?) -> Bool { found.map(\.properties.isCased) ?? false }
        let before = text[..<index].last { !$0.properties.isCaseIgnorable }
        let after = text[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return isCased(before) && !isCased(after)
    }
}
