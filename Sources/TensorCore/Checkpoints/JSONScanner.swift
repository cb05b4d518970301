/// A strict reader of small JSON texts that keeps member order and refuses duplicate names.
struct JSONScanner {
    indirect enum Value {
        case null
        case bool(Bool)
        case integer(Int)
        case number(Double)
        case string(String)
        case array([Value])
        case object([(String, Value)])
    }

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

    mutating func value() throws(Failure) -> Value {
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): return try nested { (scanner: inout JSONScanner) throws(Failure) in try scanner.object() }
        case UInt8(ascii: "["): return try nested { (scanner: inout JSONScanner) throws(Failure) in try scanner.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some: return try number()
        case nil: throw failure("the text ends where a value was expected")
        }
    }

    private func failure(_ reason: String) -> Failure {
        Failure(position: position, reason: reason, member: member)
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
    }

    private mutating func nested(_ body: (inout JSONScanner) throws(Failure) -> Value) throws(Failure) -> Value {
        guard depth < Self.maximumDepth else { throw failure("nested deeper than \(Self.maximumDepth) levels") }
        depth += 1
        position += 1
        let result = try body(&self)
        depth -= 1
        return result
    }

    private mutating func object() throws(Failure) -> Value {
        var members: [(String, Value)] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            let name = try string()
            if depth == 1 { member = name }
            guard names.insert(name).inserted else { throw failure("the key \"\(name)\" stands twice") }
            skipSpace()
            guard take(":") else { throw failure("expected ':' after \"\(name)\"") }
            members.append((name, try value()))
            skipSpace()
            if depth == 1 { member = nil }
            if take("}") { return .object(members) }
            guard take(",") else { throw failure("expected ',' or '}'") }
        }
    }

    private mutating func array() throws(Failure) -> Value {
        var elements: [Value] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw failure("expected ',' or ']'") }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func word(_ text: String, _ value: Value) throws(Failure) -> Value {
        for byte in text.utf8 {
            guard peek() == byte else { throw failure("expected \(text)") }
            position += 1
        }
        return value
    }

    private mutating func number() throws(Failure) -> Value {
        let start = position
        while let byte = peek(),
            byte == 0x2b || byte == 0x2d || byte == 0x2e || byte == 0x45 || byte == 0x65 || (byte >= 0x30 && byte <= 0x39)
        {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let whole = Int(text), text.first != "+" { return .integer(whole) }
        guard let real = Double(text), text.first != "+" else { throw failure("\"\(text)\" is no number") }
        return .number(real)
    }

    private mutating func string() throws(Failure) -> String {
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
