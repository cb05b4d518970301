import Foundation

/// A safetensors file made by hand, right or wrong.
struct CraftedFile: Sendable, CustomStringConvertible {
    /// What a strict reader makes of it.
    enum Outcome: Sendable {
        /// The tensors by name and shape.
        case accepted([String: [Int]])
        /// Refused with a message that has `key` (nil where no tensor is to blame) and `text`.
        case refused(key: String?, text: String)
        /// Not called invalid, but named: of another kind, or of a type that tensors do not have.
        case named(String)
    }

    let name: String
    let bytes: Data
    let outcome: Outcome
    var description: String { name }

    /// A file of the bytes as they are.
    init(_ name: String, bytes: [UInt8], _ outcome: Outcome) {
        self.name = name
        self.bytes = Data(bytes)
        self.outcome = outcome
    }

    /// A file of a header, `count` zero bytes of data and the header's true length, or `length` instead.
    init(_ name: String, _ header: some Sequence<UInt8>, count: Int = 0, length: UInt64? = nil, _ outcome: Outcome) {
        let text = Array(header)
        self.init(
            name, bytes: Self.encoded(length ?? UInt64(text.count)) + text + [UInt8](repeating: 0, count: count), outcome)
    }

    /// ``init(_:_:count:length:_:)`` with the header as text.
    init(_ name: String, _ header: String, count: Int = 0, length: UInt64? = nil, _ outcome: Outcome) {
        self.init(name, Array(header.utf8), count: count, length: length, outcome)
    }

    static func encoded(_ length: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } }

    /// A header entry.
    static func entry(_ name: String, _ dtype: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}"
    }

    private static let a = entry("a", "F32", "2", 0, 8)

    /// The file itself: its length, its extent, its layout.
    static let layouts: [CraftedFile] = [
        CraftedFile("valid", "{\(a)}", count: 8, .accepted(["a": [2]])),
        CraftedFile("empty file", bytes: [], .named("is an empty file")),
        CraftedFile("seven bytes", bytes: [0, 0, 0, 0, 0, 0, 0], .refused(key: nil, text: "7 bytes")),
        CraftedFile("no header", "", .refused(key: nil, text: "the header is empty")),
        CraftedFile("no tensors", "{}", .accepted([:])),
        CraftedFile("huge header", "{}", length: 100_000_001, .refused(key: nil, text: "100000001 bytes")),
        CraftedFile("length of all ones", "{}", length: .max, .refused(key: nil, text: "at most 100000000")),
        CraftedFile("header beyond the end", "{\(a)}", length: 5000, .refused(key: nil, text: "truncated")),
        CraftedFile("trailing bytes", "{\(a)}", count: 9, .refused(key: nil, text: "1 bytes after the last tensor")),
        CraftedFile("truncated data", "{\(a)}", count: 7, .refused(key: "a", text: "beyond the file's 7 bytes")),
        CraftedFile(
            "hole", "{\(a),\(entry("b", "U8", "1", 9, 10))}", count: 10, .refused(key: "b", text: "hole of 1 bytes")),
        CraftedFile(
            "overlap", "{\(a),\(entry("b", "U8", "4", 4, 8))}", count: 8, .refused(key: "b", text: "overlaps")),
        CraftedFile(
            "same range twice", "{\(a),\(entry("b", "F32", "2", 0, 8))}", count: 8, .refused(key: "b", text: "overlaps")),
        CraftedFile(
            "offsets beyond the end", "{\(a),\(entry("b", "U8", "100", 8, 108))}", count: 8,
            .refused(key: "b", text: "ends at 108")),
        CraftedFile(
            "unaligned", "{\(entry("c", "U8", "1", 0, 1)),\(entry("a", "F32", "2", 1, 9))}", count: 9,
            .accepted(["a": [2], "c": [1]])),
    ]

    /// Entries whose shape, type or offsets are odd.
    static let entries: [CraftedFile] = [
        CraftedFile(
            "size mismatch", "{\(entry("a", "F32", "3", 0, 8))}", count: 8, .refused(key: "a", text: "needs 12 bytes")),
        CraftedFile(
            "shape overflow", "{\(entry("a", "F32", "9223372036854775808,4", 0, 8))}", count: 8,
            .refused(key: "a", text: "shape")),
        CraftedFile(
            "size overflow", "{\(entry("a", "F32", "9223372036854775807,4", 0, 8))}", count: 8,
            .refused(key: "a", text: "overflows")),
        CraftedFile(
            "negative extent", "{\(entry("a", "F32", "-2", 0, 8))}", count: 8, .refused(key: "a", text: "shape")),
        CraftedFile(
            "fractional extent", "{\(entry("a", "F32", "2.0", 0, 8))}", count: 8, .refused(key: "a", text: "shape")),
        CraftedFile(
            "end before begin", "{\(entry("a", "F32", "0", 8, 0))}", .refused(key: "a", text: "before they begin")),
        CraftedFile(
            "unknown type", "{\(entry("a", "F31", "2", 0, 8))}", count: 8, .refused(key: "a", text: "F31")),
        CraftedFile(
            "three offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", count: 8,
            .refused(key: "a", text: "3 elements, expected 2")),
        CraftedFile(
            "extra field", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"foo\":1}}", count: 8,
            .accepted(["a": [2]])),
        CraftedFile(
            "missing shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", count: 8,
            .refused(key: "a", text: "field shape is missing")),
        CraftedFile(
            "missing type", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", count: 8,
            .refused(key: "a", text: "field dtype is missing")),
        CraftedFile("scalar", "{\(entry("a", "F32", "", 0, 4))}", count: 4, .accepted(["a": []])),
        CraftedFile(
            "empty tensor", "{\(entry("a", "F32", "0,3", 0, 0)),\(entry("b", "F32", "2", 0, 8))}", count: 8,
            .accepted(["a": [0, 3], "b": [2]])),
        CraftedFile("half bytes, odd", "{\(entry("a", "F4", "3", 0, 2))}", count: 2, .refused(key: "a", text: "F4")),
        CraftedFile("half bytes, even", "{\(entry("a", "F4", "4", 0, 2))}", count: 2, .named("found the type F4")),
        CraftedFile("doubles", "{\(entry("a", "F64", "1", 0, 8))}", count: 8, .named("found the type F64, expected F32, BF16")),
        CraftedFile("eight bits", "{\(entry("a", "F8_E4M3", "3", 0, 3))}", count: 3, .named("key \"a\": found the type F8_E4M3")),
        CraftedFile("four bits", "{\(entry("a", "I4", "2", 0, 1))}", count: 1, .named("found the type I4")),
        CraftedFile("six bits", "{\(entry("a", "F6_E2M3", "4", 0, 3))}", count: 3, .named("found the type F6_E2M3")),
        CraftedFile(
            "nine axes", "{\(entry("a", "U8", "1,1,1,1,1,1,1,1,1", 0, 1))}", count: 1,
            .refused(key: "a", text: "more than 8 axes")),
        CraftedFile(
            "huge extent of nothing", "{\(entry("a", "U8", "0,4294967296", 0, 0))}", .refused(key: "a", text: "2^31")),
    ]

    /// Headers whose text is odd. Duplicate keys and leading space pass the format's own library.
    static let headers: [CraftedFile] = [
        CraftedFile("duplicate key", "{\(a),\(a)}", count: 8, .refused(key: "a", text: "stands twice")),
        CraftedFile(
            "escaped duplicate key", "{\(a),\(entry("\\u0061", "F32", "0", 8, 8))}", count: 8,
            .refused(key: "a", text: "stands twice")),
        CraftedFile(
            "duplicate field", "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", count: 8,
            .refused(key: "a", text: "\"dtype\" stands twice")),
        CraftedFile("leading space", " {\(a)}", count: 8, .refused(key: nil, text: "does not begin with '{'")),
        CraftedFile("leading line feed", "\n{\(a)}", count: 8, .refused(key: nil, text: "does not begin with '{'")),
        CraftedFile("trailing spaces", "{\(a)}    ", count: 8, .accepted(["a": [2]])),
        CraftedFile("trailing NUL", "{\(a)}\0", count: 8, .refused(key: nil, text: "byte 0 after the end")),
        CraftedFile("trailing text", "{\(a)}{}", count: 8, .refused(key: nil, text: "after the end")),
        CraftedFile(
            "bad UTF-8", [UInt8]("{\"".utf8) + [0xff] + [UInt8]("\(a.dropFirst(2))}".utf8), count: 8,
            .refused(key: nil, text: "not valid UTF-8")),
        CraftedFile("not an object", "[1]", .refused(key: nil, text: "does not begin with '{'")),
        CraftedFile("unfinished", "{\"a\":", .refused(key: "a", text: "the text ends")),
        CraftedFile("entry is a number", "{\"a\":3}", .refused(key: "a", text: "expected an object")),
        CraftedFile(
            "deep nesting",
            "{\"a\":{\"x\":" + String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000) + "}}",
            .refused(key: "a", text: "nested deeper")),
        CraftedFile(
            "text as metadata value", "{\"__metadata__\":{\"x\":\"1\"},\(a)}", count: 8, .accepted(["a": [2]])),
        CraftedFile(
            "number as metadata value", "{\"__metadata__\":{\"x\":1},\(a)}", count: 8,
            .refused(key: "__metadata__", text: "\"x\" is not a string")),
        CraftedFile("no metadata", "{\"__metadata__\":null,\(a)}", count: 8, .accepted(["a": [2]])),
        CraftedFile(
            "tensor called metadata", "{\(entry("__metadata__", "F32", "2", 0, 8))}", count: 8,
            .refused(key: "__metadata__", text: "not a string")),
        CraftedFile("lone surrogate", "{\"\\ud800\":{}}", .refused(key: nil, text: "lone surrogate")),
        CraftedFile("signed escape", "{\"\\u+061\":{}}", .refused(key: nil, text: "four hexadecimal digits")),
    ]
}
