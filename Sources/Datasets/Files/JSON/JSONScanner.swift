/// Finds the values of a JSON text; iterative, so that no text can exhaust the stack.
struct JSONScanner {
    private let bytes: [UInt8]
    private var cursor = 0
    private var entries: [JSONDocument.Entry] = []
    private var open: [Int] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func scan() throws(JSONFault) -> [JSONDocument.Entry] {
        guard bytes.count <= FileBytes.maximumCount else { throw JSONFault(offset: 0, found: "more than 1 GiB") }
        repeat { try value() } while try afterValue()
        guard peek() == nil else { throw fault("more text after the value") }
        return entries
    }

    private func fault(_ found: String) -> JSONFault { JSONFault(offset: min(cursor, bytes.count), found: found) }

    /// What stands at the cursor, for messages.
    private func unexpected() -> JSONFault {
        guard cursor < bytes.count else { return fault("the end of the file inside of a value") }
        return fault("\"\(String(decoding: bytes[cursor...].prefix(12), as: UTF8.self).prefix { !$0.isNewline })\"")
    }

    /// The next byte that is no blank.
    private mutating func peek() -> UInt8? {
        while cursor < bytes.count, [0x20, 9, 10, 13].contains(bytes[cursor]) { cursor += 1 }
        return cursor < bytes.count ? bytes[cursor] : nil
    }

    private mutating func append(_ start: Int) {
        entries.append(JSONDocument.Entry(start: UInt32(start), next: UInt32(entries.count + 1)))
    }

    /// Takes one value, or the beginning of a list or an object that is not empty, up to where its first value begins.
    private mutating func value() throws(JSONFault) {
        guard let first = peek() else { throw unexpected() }
        let start = cursor
        switch first {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            guard open.count < JSONDocument.maximumDepth else {
                throw fault("nesting deeper than \(JSONDocument.maximumDepth) levels")
            }
            append(start)
            cursor += 1
            if peek() == first + 2 {
                cursor += 1
            } else {
                open.append(entries.count - 1)
                if first == UInt8(ascii: "{") { try name() }
                return try value()
            }
        case UInt8(ascii: "\""):
            append(start)
            try skipString()
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), 48...57:
            append(start)
            try skipNumber()
        default:
            append(start)
            try skipWord()
        }
    }

    /// Closes what ends here; whether another value follows.
    private mutating func afterValue() throws(JSONFault) -> Bool {
        while let container = open.last {
            let isObject = bytes[Int(entries[container].start)] == UInt8(ascii: "{")
            guard let byte = peek() else { throw unexpected() }
            if byte == UInt8(ascii: ",") {
                cursor += 1
                if isObject { try name() }
                return true
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw unexpected() }
            cursor += 1
            entries[container].next = UInt32(entries.count)
            open.removeLast()
        }
        return false
    }

    /// Takes `"name":`.
    private mutating func name() throws(JSONFault) {
        guard peek() == UInt8(ascii: "\"") else { throw unexpected() }
        append(cursor)
        try skipString()
        guard peek() == UInt8(ascii: ":") else { throw unexpected() }
        cursor += 1
    }

    private mutating func skipString() throws(JSONFault) {
        cursor += 1
        while cursor < bytes.count {
            let byte = bytes[cursor]
            cursor += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return }
        }
        cursor = bytes.count
        throw unexpected()
    }

    private mutating func skipNumber() throws(JSONFault) {
        let start = cursor
        if bytes[start...].starts(with: "-Infinity".utf8) {
            cursor += 9
            return
        }
        while cursor < bytes.count, isOfNumber(bytes[cursor]) { cursor += 1 }
        guard cursor - start <= DecimalNumber.maximumLength else {
            let length = cursor - start
            cursor = start
            throw fault("a number of \(length) digits")
        }
        guard DecimalNumber.parse(bytes[start..<cursor]) != nil else {
            cursor = start
            throw unexpected()
        }
    }

    private func isOfNumber(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E || byte | 0x20 == UInt8(ascii: "e")
    }

    private mutating func skipWord() throws(JSONFault) {
        let rest = bytes[cursor...]
        guard let word = ["true", "false", "null", "NaN", "Infinity"].first(where: { rest.starts(with: $0.utf8) }) else {
            throw unexpected()
        }
        cursor += word.utf8.count
    }
}
