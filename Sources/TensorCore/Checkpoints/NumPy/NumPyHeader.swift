/// The header of a NumPy array: the literal of a Python dictionary, `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NumPyHeader {
    /// Why an array is refused.
    struct Failure: Error {
        var reason: String
    }

    var type: StoredType
    var extents: [Int]
    /// Whether the first axis is the innermost.
    var isFortran: Bool
    /// Where the numbers begin.
    var dataStart: Int

    static let mark: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// A header is not longer, its own beginning included.
    static let longest = 1 << 16

    /// The steps of the axes in elements.
    var strides: [Int]? {
        guard isFortran else { return nil }
        var strides: [Int] = []
        var step = 1
        for extent in extents {
            strides.append(step)
            step = step.multipliedReportingOverflow(by: max(extent, 1)).partialValue & (1 << 48 - 1)
        }
        return strides
    }

    /// Reads the beginning of an array's file.
    init(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let reader = ByteReader(bytes: bytes)
        guard reader.has(Self.mark, at: 0), bytes.count >= 10, (1...3).contains(bytes[6]) else {
            throw Failure(reason: "no array of the versions 1 to 3")
        }
        let width = bytes[6] == 1 ? 2 : 4
        guard let count = reader.number(at: 8, width: width), 8 + width + count <= Self.longest else {
            throw Failure(reason: "a header of more than \(Self.longest) bytes")
        }
        guard let text = reader.text(at: 8 + width, count: count) else { throw Failure(reason: "the header is cut short") }
        var literal = PythonLiteral(text)
        guard let fields = literal.dictionary(), let type = fields["descr"], let order = fields["fortran_order"],
            let shape = fields["shape"], fields.count == 3
        else { throw Failure(reason: "the header is no dictionary of descr, fortran_order and shape") }
        guard case .text(let name) = type else { throw Failure(reason: "an array of records; save its columns one by one") }
        self.type = try Self.type(name)
        guard case .flag(let isFortran) = order, case .numbers(let extents) = shape else {
            throw Failure(reason: "fortran_order is no truth value, or shape no tuple of whole numbers")
        }
        (self.isFortran, self.extents, dataStart) = (isFortran, extents, 8 + width + count)
    }

    private static func type(_ name: String) throws(Failure) -> StoredType {
        let types: [String: StoredType] = [
            "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8, "u1": .uint8,
            "b1": .bool,
        ]
        let (order, kind) = (name.prefix(1), String(name.dropFirst()))
        guard let type = types[kind] else {
            if kind.hasPrefix("O") { throw Failure(reason: "Python objects, which only Python can read") }
            throw Failure(reason: "the type \(name.prefix(50)); expected one of \(types.keys.sorted().joined(separator: ", "))")
        }
        guard order != ">" || type.byteCount == 1 else {
            throw Failure(reason: "big-endian numbers (\(name)); save array.astype(array.dtype.newbyteorder(\"<\"))")
        }
        guard order == "<" || order == "|" && type.byteCount == 1 || order == ">" else {
            throw Failure(reason: "the byte order \"\(order)\" of \(name)")
        }
        return type
    }
}

/// As much of Python's literals as headers of arrays have: dictionaries of texts, truth values and tuples of whole numbers.
struct PythonLiteral {
    enum Value: Equatable {
        case text(String)
        case flag(Bool)
        case numbers([Int])
        /// A list, whose parts nobody asks for.
        case list
    }

    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    /// Nil for anything else.
    mutating func dictionary() -> [String: Value]? {
        guard take("{") else { return nil }
        var result: [String: Value] = [:]
        while !take("}") {
            guard let name = text(), take(":"), let value = value(), result.updateValue(value, forKey: name) == nil else {
                return nil
            }
            guard take(",") else {
                guard take("}") else { return nil }
                break
            }
        }
        skipSpace()
        return rest.isEmpty ? result : nil
    }

    private mutating func skipSpace() { rest = rest.drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 } }

    private mutating func take(_ word: StaticString) -> Bool {
        skipSpace()
        let word = word.description.utf8
        guard rest.starts(with: word) else { return false }
        rest = rest.dropFirst(word.count)
        return true
    }

    private mutating func text() -> String? {
        for quote in [UInt8(ascii: "'"), UInt8(ascii: "\"")] {
            skipSpace()
            guard rest.first == quote, let end = rest.dropFirst().firstIndex(of: quote) else { continue }
            let text = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            return text
        }
        return nil
    }

    private mutating func value() -> Value? {
        if take("True") { return .flag(true) }
        if take("False") { return .flag(false) }
        if take("[") {
            // The fields of a record: nothing behind it matters.
            guard let end = rest.lastIndex(of: UInt8(ascii: "]")) else { return nil }
            rest = rest[rest.index(after: end)...]
            return .list
        }
        guard take("(") else { return text().map { .text($0) } }
        var numbers: [Int] = []
        while !take(")") {
            skipSpace()
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty, numbers.count < 64, let number = String(digits).flatMap({ Int($0) }) else { return nil }
            numbers.append(number)
            rest = rest.dropFirst(digits.count)
            // Python 2 marks long numbers.
            if rest.first == UInt8(ascii: "L") { rest = rest.dropFirst() }
            guard take(",") else {
                guard take(")") else { return nil }
                break
            }
        }
        return .numbers(numbers)
    }
}
