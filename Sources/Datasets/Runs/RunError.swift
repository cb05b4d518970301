internal import Foundation

/// Why a run cannot begin, go on or end.
public enum RunError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A file or folder that cannot be used.
    case file(String, found: String, expected: String, advice: String)
    /// A setting out of its range. The name is that of the command's option.
    case setting(String, found: String, expected: String)
    /// Parts that do not go together.
    case conflict(String)

    public var description: String {
        switch self {
        case .file(let path, let found, let expected, let advice): "\(path): found \(found), expected \(expected); \(advice)"
        case .setting(let name, let found, let expected): "--\(name) is \(found), expected \(expected)."
        case .conflict(let text): text
        }
    }

    /// Whether the words of a command line have to change, not a file.
    public var isUsage: Bool {
        if case .file = self { false } else { true }
    }

    /// A file that cannot be read.
    public static func unreadable(_ path: String, _ error: any Error, expected: String, advice: String) -> RunError {
        .file(path, found: "nothing to read (\(error.localizedDescription))", expected: expected, advice: advice)
    }
}
