/// The lines of a text in bytes, numbered from 1; line feeds, carriage returns and both together end a line.
struct TextLines: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var cursor = 0
    private var number = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next line without its end.
    mutating func next() -> (number: Int, bytes: ArraySlice<UInt8>)? {
        guard cursor < bytes.count else { return nil }
        let start = cursor
        while cursor < bytes.count && bytes[cursor] != 10 && bytes[cursor] != 13 { cursor += 1 }
        let line = bytes[start..<cursor]
        if cursor + 1 < bytes.count && bytes[cursor] == 13 && bytes[cursor + 1] == 10 { cursor += 1 }
        cursor += 1
        number += 1
        return (number, line)
    }

    /// The words of a line, parted by blanks, commas and semicolons; `#` begins a comment.
    static func words(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 0x20 || $0 == 9 || $0 == 0x2C || $0 == 0x3B }
    }

    /// The start of a line, for messages.
    static func excerpt(_ line: ArraySlice<UInt8>) -> String {
        "\"\(String(String(decoding: line.prefix(320), as: UTF8.self).prefix(80)))\""
    }
}
