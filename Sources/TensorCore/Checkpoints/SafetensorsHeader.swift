/// The JSON header of a safetensors file, parsed strictly: one pass, bounded depth, duplicate keys refused.
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
        guard case .object(let members) = try Self.parse({ () throws(JSONScanner.Failure) in try scanner.value() }) else {
            throw Failure(key: nil, reason: "the header is not an object")
        }
        try Self.parse { () throws(JSONScanner.Failure) in try scanner.finish() }
        for (name, value) in members {
            if name == "__metadata__" {
                metadata = try Self.metadata(value)
            } else {
                entries[name] = try Self.entry(name, value)
            }
        }
    }

    private static func parse<Value>(_ body: () throws(JSONScanner.Failure) -> Value) throws(Failure) -> Value {
        do { return try body() } catch {
            throw Failure(key: error.member, reason: "header, byte \(error.position): \(error.reason)")
        }
    }

    private static func metadata(_ value: JSONScanner.Value) throws(Failure) -> [String: String] {
        if case .null = value { return [:] }
        guard case .object(let members) = value else {
            throw Failure(key: "__metadata__", reason: "expected an object of strings")
        }
        var result: [String: String] = [:]
        for (name, member) in members {
            guard case .string(let text) = member else {
                throw Failure(key: "__metadata__", reason: "the value of \"\(name)\" is not a string")
            }
            result[name] = text
        }
        return result
    }

    private static func entry(_ name: String, _ value: JSONScanner.Value) throws(Failure) -> Entry {
        guard case .object(let members) = value else { throw Failure(key: name, reason: "expected an object") }
        var fields: [String: JSONScanner.Value] = [:]
        for (field, member) in members { fields[field] = member }
        guard case .string(let dtype)? = fields["dtype"] else {
            throw Failure(key: name, reason: "the field dtype is missing or no string")
        }
        let shape = try integers(fields["shape"], "shape", name)
        let offsets = try integers(fields["data_offsets"], "data_offsets", name)
        guard offsets.count == 2 else {
            throw Failure(key: name, reason: "data_offsets has \(offsets.count) elements, expected 2")
        }
        guard offsets[0] <= offsets[1] else {
            throw Failure(key: name, reason: "data_offsets end (\(offsets[1])) before they begin (\(offsets[0]))")
        }
        return Entry(dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private static func integers(_ value: JSONScanner.Value?, _ field: String, _ key: String) throws(Failure) -> [Int] {
        guard case .array(let elements)? = value else {
            throw Failure(key: key, reason: "the field \(field) is missing or no array")
        }
        var result: [Int] = []
        for element in elements {
            guard case .integer(let number) = element, number >= 0 else {
                throw Failure(key: key, reason: "\(field) holds something other than whole numbers from 0 to 2^63 - 1")
            }
            result.append(number)
        }
        return result
    }
}
