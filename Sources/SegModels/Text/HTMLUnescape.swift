/// Character references of HTML, resolved as Python's `html.unescape` and ftfy's `unescape_html` do.
enum HTMLUnescape {
    private struct Entity {
        var scalars: [Unicode.Scalar]
        var countsWithoutSemicolon: Bool
    }

    private static let entities: [String: Entity] = {
        var entities: [String: Entity] = [:]
        for entry in HTMLEntities.table.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let parts = entry.split(separator: "=")
            guard parts.count == 2 else { continue }
            let isLegacy = parts[0].hasPrefix("?")
            let scalars = parts[1].split(separator: ",").compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
            entities[String(parts[0].drop { $0 == "?" })] = Entity(scalars: scalars, countsWithoutSemicolon: isLegacy)
        }
        return entities
    }()

    /// The reference of `name`, which ends in a semicolon or does not.
    private static func entity(_ name: some StringProtocol) -> [Unicode.Scalar]? {
        if name.hasSuffix(";") { return entities[String(name.dropLast())]?.scalars }
        guard let found = entities[String(name)], found.countsWithoutSemicolon else { return nil }
        return found.scalars
    }

    /// Every reference resolved, also numeric ones and those without a semicolon (`html.unescape`).
    static func all(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains("&") else { return text }
        var result: [Unicode.Scalar] = []
        var index = 0
        while index < text.count {
            guard text[index] == "&", let (scalars, end) = reference(text, after: index + 1) else {
                result.append(text[index])
                index += 1
                continue
            }
            result += scalars
            index = end
        }
        return result
    }

    /// References that end in a semicolon, and names of small letters that were written in capitals (ftfy).
    static func unambiguous(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains("&") else { return text }
        var result: [Unicode.Scalar] = []
        var index = 0
        while index < text.count {
            guard text[index] == "&", let end = unambiguousEnd(text, after: index + 1),
                let scalars = unambiguousValue(Array(text[index..<end]))
            else {
                result.append(text[index])
                index += 1
                continue
            }
            result += scalars
            index = end
        }
        return result
    }

    /// The end of `#?[0-9A-Za-z]{1,24};`.
    private static func unambiguousEnd(_ text: [Unicode.Scalar], after start: Int) -> Int? {
        var index = start
        if index < text.count && text[index] == "#" { index += 1 }
        let first = index
        while index < text.count, index - first < 24, isAlphanumeric(text[index]) { index += 1 }
        return index > first && index < text.count && text[index] == ";" ? index + 1 : nil
    }

    private static func unambiguousValue(_ match: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        if match[1] == "#" {
            let resolved = all(match)
            return resolved.contains(";") ? nil : resolved
        }
        let name = string(match.dropFirst())
        if let found = entity(name) { return found }
        let small = name.lowercased()
        guard small.uppercased() == name, let found = entity(small), all(match) == match else { return nil }
        return Array(string(found[...]).uppercased().unicodeScalars)
    }

    /// What follows an ampersand, resolved, and where it ends.
    private static func reference(_ text: [Unicode.Scalar], after start: Int) -> ([Unicode.Scalar], Int)? {
        guard start < text.count else { return nil }
        if text[start] == "#" { return numeric(text, after: start + 1) }
        var end = start
        while end < text.count, end - start < 32, !stops.contains(text[end]) { end += 1 }
        guard end > start else { return nil }
        if end < text.count && text[end] == ";" { end += 1 }
        if let found = entity(string(text[start..<end])) { return (found, end) }
        for shorter in stride(from: end - 1, to: start + 1, by: -1) {
            if let found = entity(string(text[start..<shorter])) { return (found, shorter) }
        }
        return nil
    }

    private static func numeric(_ text: [Unicode.Scalar], after start: Int) -> ([Unicode.Scalar], Int)? {
        let isHexadecimal = start < text.count && (text[start] == "x" || text[start] == "X")
        let first = isHexadecimal ? start + 1 : start
        var (value, index) = (UInt32(0), first)
        while index < text.count, let next = digit(text[index], radix: isHexadecimal ? 16 : 10) {
            // What is larger than every code point stays so, whatever follows.
            value = min(value * (isHexadecimal ? 16 : 10) + next, 0x11_0000)
            index += 1
        }
        guard index > first else { return nil }
        if index < text.count && text[index] == ";" { index += 1 }
        return (scalars(of: value), index)
    }

    private static func scalars(of value: UInt32) -> [Unicode.Scalar] {
        if value == 0 { return ["\u{FFFD}"] }
        if value == 0x0d { return ["\r"] }
        if (0x80...0x9f).contains(value) { return [Windows1252.scalar(of: UInt8(value))] }
        guard let scalar = Unicode.Scalar(value) else { return ["\u{FFFD}"] }
        return isInvalid(value) ? [] : [scalar]
    }

    /// Code points that HTML forbids: most controls, and those that are no characters.
    private static func isInvalid(_ value: UInt32) -> Bool {
        if (0x1...0x8).contains(value) || value == 0xb || (0xe...0x1f).contains(value) || value == 0x7f { return true }
        return (0xfdd0...0xfdef).contains(value) || value & 0xfffe == 0xfffe
    }

    private static func digit(_ scalar: Unicode.Scalar, radix: UInt32) -> UInt32? {
        switch scalar {
        case "0"..."9": scalar.value - 0x30
        case "a"..."f" where radix == 16: scalar.value - 0x61 + 10
        case "A"..."F" where radix == 16: scalar.value - 0x41 + 10
        default: nil
        }
    }

    private static let stops: Set<Unicode.Scalar> = ["\t", "\n", "\u{c}", " ", "<", "&", "#", ";"]

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."z", "A"..."Z": true
        default: false
        }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}

/// The upper half of Windows-1252, to which the C1 controls of mistaken texts belong.
enum Windows1252 {
    private static let upper: [UInt32] = [
        0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
        0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e,
        0x0178,
    ]

    /// The character of a byte; bytes of 0x80...0x9f that have none are the controls.
    static func scalar(of byte: UInt8) -> Unicode.Scalar {
        guard (0x80...0x9f).contains(byte) else { return Unicode.Scalar(byte) }
        return Unicode.Scalar(upper[Int(byte) - 0x80]) ?? "\u{FFFD}"
    }
}
