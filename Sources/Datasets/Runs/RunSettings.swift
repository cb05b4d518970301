internal import Foundation
public import TensorCore

/// Settings that a command prints, reads from a file and changes key by key.
public typealias RunSettings = VersionedConfiguration

extension VersionedConfiguration {
    /// The settings as a command prints them: JSON with every default.
    public func printed() throws -> String { try json() }

    /// Changes settings by a file, then by single keys.
    ///
    /// - Parameters:
    ///   - file: the path of a JSON file with any part of the settings; nil for none.
    ///   - assignments: `key.path=value`, the value being JSON or a bare text.
    /// - Throws: `ConfigurationError` for an unknown key, a value of another type or out of range, ``RunError`` for a file that cannot be
    ///   read.
    public func changed(byFile file: String?, assignments: [String]) throws -> Self {
        var settings = self
        if let file {
            let text: String
            do { text = try String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8) } catch {
                throw RunError.unreadable(
                    file, error, expected: "a configuration as --print-config prints it", advice: "check --config")
            }
            settings = try Self(ConfigurationTree(json: text, source: file), source: file, base: settings)
        }
        for assignment in assignments {
            let tree = try ConfigurationTree(assignment: assignment)
            settings = try Self(tree, source: "--set \(assignment)", base: settings)
        }
        return settings
    }
}
