/// One value of a JSON text.
struct JSONNode: Sendable {
    /// What a value is.
    enum Kind: String, Sendable {
        case object = "an object"
        case array = "a list"
        case string = "a text"
        case number = "a number"
        case truth = "true or false"
        case null = "null"
    }

    let document: JSONDocument
    let index: Int

    private var start: Int { Int(document.entries[index].start) }

    var kind: Kind {
        switch document.bytes[start] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .truth
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// Whether there is nothing: `null`.
    var isNull: Bool { kind == .null }

    /// Whether it is `true`.
    var isTrue: Bool { document.bytes[start] == UInt8(ascii: "t") }

    /// The bytes of the value, to the end of the text.
    private var rest: ArraySlice<UInt8> { document.bytes[start...] }

    /// The text, with a replacement mark for what is no Unicode; nil for other kinds.
    var string: String? {
        guard kind == .string else { return nil }
        let body = rawString
        return body.contains(UInt8(ascii: "\\")) ? JSONEscapes.decoded(body) : String(decoding: body, as: UTF8.self)
    }

    /// The bytes between the quotes, escapes as they are.
    private var rawString: ArraySlice<UInt8> {
        var end = start + 1
        let bytes = document.bytes
        while bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return bytes[(start + 1)..<end]
    }

    /// The bytes of a text without escapes; nil for other kinds and for texts that have some.
    var plainText: ArraySlice<UInt8>? {
        guard kind == .string else { return nil }
        let raw = rawString
        return raw.contains(UInt8(ascii: "\\")) ? nil : raw
    }

    /// The number; nil for other kinds, `NaN` and infinities.
    var number: Double? {
        guard kind == .number else { return nil }
        let isOfNumber: (UInt8) -> Bool = { (48...57).contains($0) || [0x2B, 0x2D, 0x2E, 0x65, 0x45].contains($0) }
        guard let value = DecimalNumber.parse(rest.prefix(while: isOfNumber)), value.isFinite else { return nil }
        return value
    }

    /// The whole number; nil for other kinds, fractions and numbers beyond 2^53.
    var integer: Int? {
        guard let number, abs(number) <= 0x1p53 else { return nil }
        return Int(exactly: number)
    }

    /// A text, or a whole number as text: how files name images and classes.
    var label: String? { string ?? integer.map(String.init) }

    /// Values of a list; none of other kinds.
    var elements: [JSONNode] {
        guard kind == .array else { return [] }
        return children(step: 1).map { JSONNode(document: document, index: $0) }
    }

    /// Names and values of an object; none of other kinds.
    var members: [(name: String, value: JSONNode)] {
        guard kind == .object else { return [] }
        return children(step: 2).map { name in
            (JSONNode(document: document, index: name).string ?? "", JSONNode(document: document, index: name + 1))
        }
    }

    /// The value of a name in an object; the last one where a name stands twice.
    subscript(_ name: String) -> JSONNode? {
        guard kind == .object else { return nil }
        var found: JSONNode?
        for index in children(step: 2) {
            let candidate = JSONNode(document: document, index: index)
            let isNamed = candidate.plainText.map { $0.elementsEqual(name.utf8) } ?? (candidate.string == name)
            if isNamed { found = JSONNode(document: document, index: index + 1) }
        }
        return found
    }

    /// The indices of values (step 1) or names (step 2) directly inside.
    private func children(step: Int) -> [Int] {
        var indices: [Int] = []
        let end = Int(document.entries[index].next)
        var child = index + 1
        while child < end {
            indices.append(child)
            child = Int(document.entries[child + step - 1].next)
        }
        return indices
    }

    /// An error at this place.
    func problem(found: String? = nil, expected: String, advice: String = "correct the file") -> DatasetError {
        DatasetError(
            file: document.file, place: document.path(of: index), found: found ?? excerpt, expected: expected, advice: advice)
    }

    /// The value as it stands in the file, cut, and without line ends.
    private var excerpt: String {
        switch kind {
        case .object, .array: return kind.rawValue
        case .string: return "\"\((string ?? "").prefix(60))\""
        default:
            let ends = Set(",]}\n\r\t ".utf8)
            return String(decoding: rest.prefix(60).prefix { !ends.contains($0) }, as: UTF8.self)
        }
    }
}

extension JSONNode {
    /// The value of a name that must be there.
    func required(_ name: String, expected: String) throws(DatasetError) -> JSONNode {
        guard let value = self[name] else { throw problem(found: "no \"\(name)\"", expected: expected) }
        return value
    }

    /// The values of a list.
    func list(expected: String = "a list") throws(DatasetError) -> [JSONNode] {
        guard kind == .array else { throw problem(expected: expected) }
        return elements
    }

    /// A finite number within ±10^9: a coordinate.
    func coordinate(expected: String = "a number in pixels") throws(DatasetError) -> Double {
        guard let number, abs(number) <= 1e9 else { throw problem(expected: expected) }
        return number
    }

    /// A list of coordinates.
    func coordinates(count: Int? = nil, expected: String) throws(DatasetError) -> [Double] {
        let nodes = try list(expected: expected)
        if let count, nodes.count != count { throw problem(found: "\(nodes.count) values", expected: expected) }
        return try nodes.map { (node) throws(DatasetError) in try node.coordinate(expected: expected) }
    }

    /// A side of an image: 1...2^20.
    func side() throws(DatasetError) -> Int {
        guard let integer, (1...(1 << 20)).contains(integer) else { throw problem(expected: "the side of an image in pixels") }
        return integer
    }

    /// A side that may be left out or null.
    func optionalSide(_ name: String) throws(DatasetError) -> Int? {
        guard let value = self[name], !value.isNull else { return nil }
        return try value.side()
    }

    /// A list of points `[[x, y], ...]`.
    func points() throws(DatasetError) -> [Point] {
        try list(expected: "points [[x, y], ...]").map { (pair) throws(DatasetError) in
            let values = try pair.coordinates(count: 2, expected: "a point [x, y]")
            return Point(x: values[0], y: values[1])
        }
    }
}

/// Escapes in JSON texts.
enum JSONEscapes {
    /// The text with its escapes replaced; what is no escape becomes a replacement mark.
    static func decoded(_ raw: ArraySlice<UInt8>) -> String {
        var units: [UInt16] = []
        var rest = raw
        while let slash = rest.firstIndex(of: UInt8(ascii: "\\")) {
            units += Array(String(decoding: rest[..<slash], as: UTF8.self).utf16)
            let escape = rest[(slash + 1)...]
            guard let letter = escape.first else { break }
            if letter == UInt8(ascii: "u") {
                let digits = escape.dropFirst().prefix(4)
                units.append(UInt16(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0xFFFD)
                rest = escape.dropFirst(1 + digits.count)
            } else {
                units.append(simple[letter] ?? 0xFFFD)
                rest = escape.dropFirst()
            }
        }
        units += Array(String(decoding: rest, as: UTF8.self).utf16)
        return String(decoding: units, as: UTF16.self)
    }

    private static let simple: [UInt8: UInt16] = [
        UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
        UInt8(ascii: "/"): 0x2F, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "\""): 0x22,
    ]
}
