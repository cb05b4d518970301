internal import Foundation
public import TensorCore

/// The text of a settings file.
public enum SettingsFile {
    /// Reads a file.
    ///
    /// - Throws: ``RunError`` for one that cannot be read.
    public static func text(_ path: String) throws(RunError) -> String {
        do { return try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8) } catch {
            throw .unreadable(path, error, expected: "a configuration as --print-config prints it", advice: "check --config")
        }
    }
}

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
            let tree = try ConfigurationTree(json: SettingsFile.text(file), source: file)
            settings = try Self(tree, source: file, base: settings)
        }
        for assignment in assignments {
            let tree = try ConfigurationTree(assignment: assignment)
            settings = try Self(tree, source: "--set \(assignment)", base: settings)
        }
        return settings
    }
}
