internal import Foundation

/// The range of every number of a configuration by its dotted key path: the one list that decoding, `--set` and the tests
/// go through.
public struct ConfigurationRanges: Sendable, ExpressibleByDictionaryLiteral {
    private var ranges: [String: ConfigurationRange] = [:]

    /// No ranges.
    public init() {}

    /// Ranges by key path.
    public init(dictionaryLiteral elements: (String, ConfigurationRange)...) {
        for (key, range) in elements { ranges[key] = range }
    }

    /// The key paths, sorted.
    public var keys: [String] { ranges.keys.sorted() }

    /// The range of a key path.
    public subscript(_ key: String) -> ConfigurationRange? { ranges[key] }

    /// These ranges and those of a part that stands under `key`.
    public func with(_ part: ConfigurationRanges, under key: String) -> ConfigurationRanges {
        var result = self
        for (path, range) in part.ranges { result.ranges["\(key).\(path)"] = range }
        return result
    }

    /// Refuses the first number, in the order of the keys, that is out of its range. Keys that a tree lacks or that are null
    /// are left to the decoder.
    ///
    /// - Throws: ``ConfigurationError`` with the key path, the value found and the range expected.
    public func check(_ tree: ConfigurationTree, source: String) throws(ConfigurationError) {
        for key in keys {
            guard let range = ranges[key], let value = tree.value(at: key), value != .null, !range.contains(value) else {
                continue
            }
            throw ConfigurationError(source: source, key: key, reason: "found \(value.text), expected \(range)")
        }
    }

    /// The key paths of numbers that have no range, sorted.
    public func uncovered(in tree: ConfigurationTree) -> [String] {
        tree.numberKeys.filter { ranges[$0] == nil }.sorted()
    }
}

/// Settings whose numbers have ranges. Every number that the JSON form holds is in ``ranges``.
public protocol RangedConfiguration: Codable, Sendable {
    /// The range of every number by key path.
    static var ranges: ConfigurationRanges { get }
    /// Refuses values that are in their ranges and do not go together; none by default.
    func validateRelations(source: String) throws(ConfigurationError)
}

extension RangedConfiguration {
    public func validateRelations(source: String) throws(ConfigurationError) {}

    /// Refuses values that nothing can be made from.
    ///
    /// - Throws: ``ConfigurationError`` with the key path, the value found and what was expected.
    public func validate(source: String) throws(ConfigurationError) {
        let tree: ConfigurationTree
        do {
            tree = try ConfigurationTree(encoding: self)
        } catch EncodingError.invalidValue(let value, let context) {
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw ConfigurationError(source: source, key: key, reason: "found \(value), expected a finite number")
        } catch {
            throw ConfigurationError(source: source, key: "", reason: "cannot be written: \(error)")
        }
        try Self.ranges.check(tree, source: source)
        try validateRelations(source: source)
    }

    /// Reads a whole value, every number being checked before anything is made of it.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(checking tree: ConfigurationTree, source: String) throws(ConfigurationError) {
        try Self.ranges.check(tree, source: source)
        do {
            self = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(tree))
        } catch let error as DecodingError {
            let (key, reason) = error.placeAndReason
            let found = tree.value(at: key).map { "found \($0.text), " } ?? ""
            throw ConfigurationError(source: source, key: key, reason: found + reason)
        } catch {
            throw ConfigurationError(source: source, key: "", reason: "cannot be read: \(error)")
        }
        try validateRelations(source: source)
    }
}

extension ConfigurationTree {
    /// The value at a dotted key path.
    func value(at path: String) -> ConfigurationTree? {
        path.split(separator: ".").reduce(Optional(self)) { tree, key in tree?[String(key)] }
    }

    /// The key paths of all numbers and lists of numbers.
    package var numberKeys: Set<String> { numberKeys(under: "") }

    private func numberKeys(under path: String) -> Set<String> {
        switch self {
        case .integer, .number: [path]
        case .list(let values): values.reduce(into: []) { $0.formUnion($1.numberKeys(under: path)) }
        case .object(let fields):
            fields.reduce(into: []) { keys, field in
                keys.formUnion(field.value.numberKeys(under: path.isEmpty ? field.key : "\(path).\(field.key)"))
            }
        case .null, .bool, .text: []
        }
    }

    /// The value as JSON, cut where it is long.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "\(self)" }
        let text = String(decoding: data, as: UTF8.self)
        return text.count <= 80 ? text : text.prefix(80) + "..."
    }
}
