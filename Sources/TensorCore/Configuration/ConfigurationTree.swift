public import Foundation

/// A JSON value as a tree: how configurations of every version are read, changed key by key, and checked for unknown keys.
public enum ConfigurationTree: Codable, Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([ConfigurationTree])
    case object([String: ConfigurationTree])

    public init(from decoder: any Decoder) throws {
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
        } else if let value = try? container.decode([ConfigurationTree].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: ConfigurationTree].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
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

    /// The tree of a value's JSON form.
    public init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(ConfigurationTree.self, from: JSONEncoder().encode(value))
    }

    /// The tree of a JSON text.
    ///
    /// - Throws: ``ConfigurationError`` for text that is no JSON, or more than settings ever are (``JSONGuard/settings``).
    public init(json: String, source: String) throws(ConfigurationError) {
        try self.init(json: Data(json.utf8), source: source)
    }

    /// The tree of a JSON file's bytes.
    ///
    /// - Throws: ``ConfigurationError`` for bytes that are no JSON, or more than settings ever are (``JSONGuard/settings``).
    public init(json: Data, source: String) throws(ConfigurationError) {
        if let excess = JSONGuard.settings.excess(in: json) {
            throw ConfigurationError(source: source, key: "", reason: excess)
        }
        do {
            self = try JSONDecoder().decode(ConfigurationTree.self, from: json)
        } catch {
            throw ConfigurationError(source: source, key: "", reason: "found text that is no JSON, expected an object of keys")
        }
    }

    /// The field `key` of an object; setting nil removes it. Nil in anything else.
    public subscript(_ key: String) -> ConfigurationTree? {
        get {
            guard case .object(let fields) = self else { return nil }
            return fields[key]
        }
        set {
            guard case .object(var fields) = self else { return }
            fields[key] = newValue
            self = .object(fields)
        }
    }

    /// The tree that one assignment `key.path=value` stands for; the value is JSON or a bare text.
    ///
    /// - Throws: ``ConfigurationError`` for a text without `=`.
    public init(assignment: String) throws(ConfigurationError) {
        let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw ConfigurationError(source: assignment, key: "", reason: "expected key.path=value")
        }
        let keys = parts[0].split(separator: ".", maxSplits: JSONGuard.settings.depth)
        let value = (try? ConfigurationTree(json: parts[1], source: assignment)) ?? .text(parts[1])
        self = keys.reversed().reduce(value) { .object([String($1): $0]) }
    }

    /// The tree with the fields of `other` in place of its own; lists are replaced as a whole.
    ///
    /// - Throws: ``ConfigurationError`` for a field that this tree does not have.
    public func merging(_ other: ConfigurationTree, source: String) throws(ConfigurationError) -> ConfigurationTree {
        try merging(other, path: "", source: source)
    }

    private func merging(
        _ other: ConfigurationTree, path: String, source: String
    ) throws(ConfigurationError) -> ConfigurationTree {
        guard case .object(let fields) = self else { return other }
        guard case .object(let changes) = other else {
            throw ConfigurationError(source: source, key: path, reason: "found a plain value, expected an object")
        }
        var result = fields
        for (key, change) in changes.sorted(by: { $0.key < $1.key }) {
            let place = path.isEmpty ? key : "\(path).\(key)"
            guard let old = fields[key] else {
                throw ConfigurationError(
                    source: source, key: place,
                    reason: "found an unknown key, expected one of \(fields.keys.sorted().joined(separator: ", "))")
            }
            result[key] = try old.merging(change, path: place, source: source)
        }
        return .object(result)
    }
}

/// A configuration that cannot be used: where it came from, which key, what is wrong.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file or option.
    public var source: String
    /// The dotted key; empty where the whole is meant.
    public var key: String
    /// What was found and what was expected.
    public var reason: String

    /// Describes a problem.
    public init(source: String, key: String, reason: String) {
        self.source = source
        self.key = key
        self.reason = reason
    }

    /// Refuses a value unless a condition holds.
    public static func check(
        _ holds: Bool, _ source: String, _ key: String, found: Any, expected: @autoclosure () -> String
    ) throws(ConfigurationError) {
        if holds { return }
        throw ConfigurationError(source: source, key: key, reason: "found \(found), expected \(expected())")
    }

    /// The same problem where the configuration stands under `key` of a larger one.
    public func under(_ key: String) -> ConfigurationError {
        ConfigurationError(source: source, key: self.key.isEmpty ? key : "\(key).\(self.key)", reason: reason)
    }

    public var description: String { key.isEmpty ? "\(source): \(reason)" : "\(source): \(key): \(reason)" }
}
