internal import Datasets
internal import Foundation

/// Where a command writes: results to standard output, progress and remarks to standard error.
struct Console: Sendable {
    /// Standard output carries one JSON value and nothing else.
    let json: Bool
    /// No progress and no remarks.
    let quiet: Bool
    /// Nothing at all: another process of the run talks.
    var isSilent = false

    /// A line of the result, for people.
    func line(_ text: String = "") {
        if !json && !isSilent { Self.write(text + "\n", to: .standardOutput) }
    }

    /// A remark about the work.
    func note(_ text: String) {
        if !quiet && !isSilent { Self.standardError(text) }
    }

    /// The result, for machines; does nothing without `--json`.
    func emit(_ value: some Encodable) throws {
        guard json && !isSilent else { return }
        Self.write(try TextFile.json(value) + "\n", to: .standardOutput)
    }

    /// A line on standard error.
    static func standardError(_ text: String) { write(text + "\n", to: .standardError) }

    /// Text on standard error without a line end, for bars that are drawn over.
    static func draw(_ text: String) { write(text, to: .standardError) }

    /// A reader that went away (a closed pipe) is no reason to fail.
    private static func write(_ text: String, to handle: FileHandle) { try? handle.write(contentsOf: Data(text.utf8)) }
}
