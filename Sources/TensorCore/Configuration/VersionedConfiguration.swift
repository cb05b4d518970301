internal import Foundation

/// Settings that a file may hold in part and from an earlier version: missing keys take their default, unknown ones are
/// refused by name, old ones are migrated.
///
/// The JSON form has the member `version` beside the keys.
public protocol VersionedConfiguration: RangedConfiguration {
    /// The defaults.
    init()
    /// Rises when a key changes its name or meaning.
    static var version: Int { get }
    /// Turns the keys of an earlier version into those of this one.
    static func migrate(_ tree: inout ConfigurationTree, from version: Int)
}

extension VersionedConfiguration {
    /// Reads settings.
    ///
    /// - Parameters:
    ///   - tree: any part of the settings; without `version` it is of version `assumed`.
    ///   - source: the file or option, for messages.
    ///   - base: where keys that are not there are taken from.
    ///   - assumed: the version of a tree that does not say it.
    /// - Throws: ``ConfigurationError`` with the key path, the value found and what was expected.
    public init(
        _ tree: ConfigurationTree, source: String, base: Self = Self(), assuming assumed: Int = Self.version
    ) throws(ConfigurationError) {
        var tree = tree
        let found = try Self.version(of: tree, source: source) ?? assumed
        tree["version"] = nil
        if found < Self.version { Self.migrate(&tree, from: found) }
        let whole: ConfigurationTree
        do {
            whole = try ConfigurationTree(encoding: base)
        } catch {
            throw ConfigurationError(source: source, key: "", reason: "has defaults that cannot be written: \(error)")
        }
        try self.init(checking: whole.merging(tree, source: source), source: source)
    }

    /// The settings as JSON with sorted keys and their version.
    public func json() throws -> String {
        var tree = try ConfigurationTree(encoding: self)
        tree["version"] = .integer(Self.version)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(tree), as: UTF8.self)
    }

    private static func version(of tree: ConfigurationTree, source: String) throws(ConfigurationError) -> Int? {
        guard let stated = tree["version"] else { return nil }
        guard case .integer(let found) = stated, (1...version).contains(found) else {
            throw ConfigurationError(
                source: source, key: "version", reason: "found \(stated), expected 1...\(version); update the library")
        }
        return found
    }
}

extension DecodingError {
    /// The key that does not fit, and why.
    public var placeAndReason: (key: String, reason: String) {
        func place(_ context: Context) -> String { context.codingPath.map(\.stringValue).joined(separator: ".") }
        switch self {
        case .keyNotFound(let key, let context): return (place(context), "lacks \"\(key.stringValue)\"")
        case .typeMismatch(let type, let context): return (place(context), "expected \(type)")
        case .valueNotFound(let type, let context): return (place(context), "expected \(type), found null")
        case .dataCorrupted(let context): return (place(context), context.debugDescription)
        @unknown default: return ("", localizedDescription)
        }
    }
}
