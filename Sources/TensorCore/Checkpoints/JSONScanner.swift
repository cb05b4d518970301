/// A strict reader of JSON texts that hands out members in their order and refuses duplicate names.
///
/// It builds no tree: whoever reads asks for the kind that belongs at a place, and what is passed over leaves nothing behind,
/// so that a hostile text takes no more memory than its own bytes.
struct JSONScanner {
    /// What stands at a place.
    enum Kind { case object, array, text, number, word, end }

    struct Failure: Error {
        var position: Int
        var reason: String
        /// The member of the outermost object in which it was found.
        var member: String?
    }

    /// Deeper nesting than any honest header has.
    static let maximumDepth = 64

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private var member: String?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Only spaces may follow the value (safetensors pads with them).
    mutating func finish() throws(Failure) {
        while peek() == UInt8(ascii: " ") { position += 1 }
        if let byte = peek() { throw failure("byte \(byte) after the end of the object") }
    }

    /// Only white space may follow the value.
    mutating func finishText() throws(Failure) {
        skipSpace()
        try finish()
    }

    /// The kind of the value that follows.
    mutating func kind() -> Kind {
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .text
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .word
        case .some: return .number
        case nil: return .end
        }
    }

    /// A problem at the place that was reached.
    func failure(_ reason: String) -> Failure { Failure(position: position, reason: reason, member: member) }

    /// Demands a kind.
    mutating func expect(_ kind: Kind, _ reason: String) throws(Failure) {
        let found = self.kind()
        if found == .end { throw failure("the text ends where a value was expected") }
        guard found == kind else { throw failure(reason) }
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
    }

    private mutating func open() throws(Failure) {
        guard depth < Self.maximumDepth else { throw failure("nested deeper than \(Self.maximumDepth) levels") }
        depth += 1
        position += 1
        skipSpace()
    }

    private mutating func close() {
        depth -= 1
        position += 1
    }

    /// Reads an object; `value` is called at the value of each member and reads it.
    mutating func object(
        _ value: (_ scanner: inout JSONScanner, _ name: String) throws(Failure) -> Void
    ) throws(Failure) {
        try expect(.object, "expected an object")
        var names: Set<String> = []
        try open()
        if peek() == UInt8(ascii: "}") { return close() }
        while true {
            skipSpace()
            let name = try text()
            if depth == 1 { member = name }
            guard names.insert(name).inserted else { throw failure("the key \"\(name)\" stands twice") }
            skipSpace()
            guard take(":") else { throw failure("expected ':' after \"\(name)\"") }
            try value(&self, name)
            skipSpace()
            if depth == 1 { member = nil }
            if peek() == UInt8(ascii: "}") { return close() }
            guard take(",") else { throw failure("expected ',' or '}'") }
        }
    }

    /// Reads an array; `element` is called at each element and reads it.
    mutating func array(_ element: (_ scanner: inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        try expect(.array, "expected an array")
        try open()
        if peek() == UInt8(ascii: "]") { return close() }
        while true {
            try element(&self)
            skipSpace()
            if peek() == UInt8(ascii: "]") { return close() }
            guard take(",") else { throw failure("expected ',' or ']'") }
        }
    }

    /// Passes over a value of any kind.
    mutating func skip() throws(Failure) {
        switch kind() {
        case .object: try object { (scanner: inout JSONScanner, _) throws(Failure) in try scanner.skip() }
        case .array: try array { (scanner: inout JSONScanner) throws(Failure) in try scanner.skip() }
        case .text: _ = try text()
        case .number: _ = try wholeNumber()
        case .word: try word()
        case .end: throw failure("the text ends where a value was expected")
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Reads `true`, `false` or `null`.
    private mutating func word() throws(Failure) {
        let text = peek() == UInt8(ascii: "t") ? "true" : peek() == UInt8(ascii: "f") ? "false" : "null"
        for byte in text.utf8 {
            guard peek() == byte else { throw failure("expected \(text)") }
            position += 1
        }
    }

    /// Reads a number; nil for one that is no whole number of 64 bits.
    mutating func wholeNumber() throws(Failure) -> Int? {
        let start = position
        while let byte = peek(),
            byte == 0x2b || byte == 0x2d || byte == 0x2e || byte == 0x45 || byte == 0x65 || (byte >= 0x30 && byte <= 0x39)
        {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard text.first != "+", let whole = Int(text) else {
            guard text.first != "+", Double(text) != nil else { throw failure("\"\(text)\" is no number") }
            return nil
        }
        return whole
    }

    /// Reads a text.
    mutating func text() throws(Failure) -> String {
        guard take("\"") else { throw failure("expected '\"'") }
        var content: [UInt8] = []
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else { throw failure("a string is not valid UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &content)
            case 0..<0x20: throw failure("an unescaped control character in a string")
            default: content.append(byte)
            }
        }
        throw failure("a string does not end")
    }

    private mutating func escape(into content: inout [UInt8]) throws(Failure) {
        guard let byte = peek() else { throw failure("an escape does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): content.append(0x0a)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "r"): content.append(0x0d)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0c)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "u"): content.append(contentsOf: Array(String(try escapedScalar()).utf8))
        default: throw failure("an unknown escape")
        }
    }

    private mutating func escapedScalar() throws(Failure) -> Unicode.Scalar {
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard (0xd800..<0xdc00).contains(high), take("\\"), take("u") else { throw failure("a lone surrogate") }
        let low = try hexadecimal()
        guard (0xdc00..<0xe000).contains(low) else { throw failure("a lone surrogate") }
        let combined = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
        guard let scalar = Unicode.Scalar(combined) else { throw failure("no such character") }
        return scalar
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("expected four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
