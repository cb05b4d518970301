/// The JSON header of a safetensors file, parsed strictly: one pass, bounded depth, no tree, duplicate keys
/// refused.
///
/// Foundation's decoder drops duplicate keys silently and so cannot be used here.
struct SafetensorsHeader {
    struct Entry: Equatable {
        var dtype: String
        var shape: [Int]
        var begin: Int
        var end: Int
    }

    struct Failure: Error {
        var key: String?
        var reason: String
    }

    private(set) var entries: [String: Entry] = [:]
    private(set) var metadata: [String: String] = [:]

    init(_ json: [UInt8]) throws(Failure) {
        var scanner = JSONScanner(json)
        guard scanner.peek() == UInt8(ascii: "{") else { throw Failure(key: nil, reason: "the header does not begin with '{'") }
        var (entries, metadata) = ([String: Entry](), [String: String]())
        do throws(JSONScanner.Failure) {
            try scanner.object { (scanner: inout JSONScanner, name) throws(JSONScanner.Failure) in
                if name == "__metadata__" {
                    metadata = try Self.metadata(&scanner)
                } else {
                    entries[name] = try Self.entry(&scanner)
                }
            }
            try scanner.finish()
        } catch {
            throw Failure(key: error.member, reason: "header, byte \(error.position): \(error.reason)")
        }
        (self.entries, self.metadata) = (entries, metadata)
    }

    private static func metadata(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [String: String] {
        var result: [String: String] = [:]
        if scanner.kind() == .word {
            try scanner.skip()
            return result
        }
        try scanner.object { (scanner: inout JSONScanner, name) throws(JSONScanner.Failure) in
            try scanner.expect(.text, "the value of \"\(name)\" is not a string")
            result[name] = try scanner.text()
        }
        return result
    }

    private static func entry(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> Entry {
        var dtype: String?
        var lists: [String: [Int]] = [:]
        try scanner.object { (scanner: inout JSONScanner, field) throws(JSONScanner.Failure) in
            switch field {
            case "dtype":
                try scanner.expect(.text, "the field dtype is no string")
                dtype = try scanner.text()
            case "shape", "data_offsets": lists[field] = try integers(&scanner, field)
            default: try scanner.skip()
            }
        }
        guard let dtype else { throw scanner.failure("the field dtype is missing") }
        guard let shape = lists["shape"] else { throw scanner.failure("the field shape is missing") }
        guard let offsets = lists["data_offsets"] else { throw scanner.failure("the field data_offsets is missing") }
        guard offsets.count == 2 else { throw scanner.failure("data_offsets has \(offsets.count) elements, expected 2") }
        guard offsets[0] <= offsets[1] else {
            throw scanner.failure("data_offsets end (\(offsets[1])) before they begin (\(offsets[0]))")
        }
        return Entry(dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private static func integers(_ scanner: inout JSONScanner, _ field: String) throws(JSONScanner.Failure) -> [Int] {
        let problem = "\(field) holds something other than whole numbers from 0 to 2^63 - 1"
        var result: [Int] = []
        try scanner.expect(.array, "the field \(field) is no array")
        try scanner.array { (scanner: inout JSONScanner) throws(JSONScanner.Failure) in
            try scanner.expect(.number, problem)
            guard let number = try scanner.wholeNumber(), number >= 0 else { throw scanner.failure(problem) }
            result.append(number)
        }
        return result
    }
}
