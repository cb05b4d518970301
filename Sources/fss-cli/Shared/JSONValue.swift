/// A JSON value that can be changed by key path, so that every field of a configuration can be set from outside.
enum JSONValue: Codable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// The value with the fields of `other` in place of its own; lists are replaced as a whole.
    ///
    /// - Throws: ``CommandError`` for a field that this value does not have.
    func merging(_ other: JSONValue, path: String = "", source: String) throws -> JSONValue {
        guard case .object(let fields) = self else { return other }
        guard case .object(let changes) = other else {
            throw CommandError("\(source): found a plain value for \(path.isEmpty ? "the whole" : path), expected an object")
        }
        var result = fields
        for (key, change) in changes {
            let place = path.isEmpty ? key : "\(path).\(key)"
            guard let old = fields[key] else {
                let known = fields.keys.sorted().joined(separator: ", ")
                throw CommandError("\(source): found the unknown key \(place), expected one of \(known); see --print-config")
            }
            result[key] = try old.merging(change, path: place, source: source)
        }
        return .object(result)
    }

    /// The value under a chain of keys, in objects of its own.
    static func nested(_ keys: [String], _ value: JSONValue) -> JSONValue {
        keys.reversed().reduce(value) { .object([$1: $0]) }
    }
}
