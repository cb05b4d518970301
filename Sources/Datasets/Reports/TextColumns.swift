// How wide texts are in a terminal, whose cells count, and not characters.

extension String {
    /// The columns that the text takes in a terminal: East Asian wide and fullwidth characters and emoji take two, combining marks and
    /// other characters without width none.
    package var columns: Int { reduce(0) { $0 + $1.columns } }

    /// The text without characters that move a terminal's cursor: each is replaced by a question mark.
    package var printable: String {
        unicodeScalars.contains(where: \.isControl)
            ? String(map { $0.unicodeScalars.contains(where: \.isControl) ? "?" : $0 }) : self
    }

    /// The beginning of the text that fits into so many columns.
    package func cut(toColumns limit: Int) -> String {
        var width = 0
        return String(
            prefix { character in
                width += character.columns
                return width <= limit
            })
    }

    /// The text in so many columns at most: what does not fit is taken out of the middle, where paths differ least.
    package func shortened(toColumns limit: Int) -> String {
        let mark = "..."
        if columns <= limit { return self }
        guard limit > 2 * mark.count else { return cut(toColumns: max(limit, 0)) }
        let room = limit - mark.count
        let head = cut(toColumns: room / 2)
        let tail = String(String(reversed()).cut(toColumns: room - head.columns).reversed())
        return head + mark + tail
    }
}

extension Character {
    /// The columns that the character takes in a terminal.
    fileprivate var columns: Int {
        let sum = unicodeScalars.reduce(0) { $0 + $1.columns }
        // A sequence is one picture: a variation for emoji, a skin tone, several joined.
        let isPicture = unicodeScalars.first?.properties.isEmoji ?? false
        let isSequence = unicodeScalars.dropFirst().contains {
            [0xFE0F, 0x200D].contains($0.value) || $0.properties.isEmojiModifier
        }
        return isPicture && isSequence ? 2 : sum
    }
}

extension Unicode.Scalar {
    /// Whether the scalar moves the cursor, or begins an escape sequence.
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    fileprivate var columns: Int {
        if (0x20..<0x7F).contains(value) { return 1 }
        // Vowels and finals of Hangul join the consonant before them; the soft hyphen is drawn.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) || isControl { return 0 }
        if value == 0xAD { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return WideCharacters.contains(self) ? 2 : 1
        }
    }
}
