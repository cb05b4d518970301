/// File names whose bytes are no UTF-8, as texts that lead back to the bytes.
///
/// A byte that is no UTF-8 becomes U+FFFD, the replacement mark, and a variation selector that keeps the byte. Selectors have no width
/// and no picture, so that people see a name with a replacement mark, and ``FileBytes`` finds the file.
enum FileName {
    private static let mark: Unicode.Scalar = "\u{FFFD}"
    private static let firstSelector: UInt32 = 0xE0100

    /// The text of a name.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var scalars = String.UnicodeScalarView()
        var rest = Array(bytes)[...]
        while let first = rest.first {
            // The longest valid scalar at this place; UTF-8 has one to four bytes.
            let lengths = (1...min(4, rest.count)).lazy.filter { String(validating: rest.prefix($0), as: UTF8.self) != nil }
            if let length = lengths.first {
                scalars.append(contentsOf: String(decoding: rest.prefix(length), as: UTF8.self).unicodeScalars)
                rest = rest.dropFirst(length)
            } else {
                scalars.append(mark)
                if let selector = Unicode.Scalar(firstSelector + UInt32(first) - 0x80) { scalars.append(selector) }
                rest = rest.dropFirst()
            }
        }
        return String(scalars)
    }

    /// The bytes that a text came from; nil for a text without such marks, whose bytes are its own.
    static func bytes(_ text: String) -> [UInt8]? {
        guard text.unicodeScalars.contains(mark) else { return nil }
        var bytes: [UInt8] = []
        var (found, afterMark) = (false, false)
        for scalar in text.unicodeScalars {
            if afterMark, let byte = byte(of: scalar) {
                bytes.removeLast(mark.utf8.count)
                bytes.append(byte)
                found = true
            } else {
                bytes += scalar.utf8
            }
            afterMark = scalar == mark
        }
        return found ? bytes : nil
    }

    /// The text without what leads back to the bytes, for the names of new files.
    static func plain(_ text: String) -> String {
        guard text.unicodeScalars.contains(mark) else { return text }
        var scalars = String.UnicodeScalarView()
        var afterMark = false
        for scalar in text.unicodeScalars {
            if !(afterMark && byte(of: scalar) != nil) { scalars.append(scalar) }
            afterMark = scalar == mark
        }
        return String(scalars)
    }

    /// Whether a text was made from bytes that are no UTF-8, by this or by any other program: the bytes are lost then, but can be looked
    /// up among the names of a folder.
    static func isRepaired(_ text: String) -> Bool { text.unicodeScalars.contains(mark) }

    private static func byte(of selector: Unicode.Scalar) -> UInt8? {
        guard (firstSelector..<(firstSelector + 0x80)).contains(selector.value) else { return nil }
        return UInt8(selector.value - firstSelector + 0x80)
    }
}
