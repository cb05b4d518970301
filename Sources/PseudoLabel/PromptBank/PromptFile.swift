public import Datasets
public import Foundation
internal import TensorCore

/// Prompts that somebody wrote, one a line; empty lines and lines that begin with # are passed over.
///
/// `{}` stands for the class name. A line without it is taken as it is, and has to name the class.
public struct PromptFile: PromptProposer {
    /// Longer lines are refused: no text encoder reads so much.
    public static let maximumLength = 2000

    /// The lines, with the place that each has in the file.
    private let lines: [(number: Int, text: String)]
    private let file: String
    private let digest: String

    /// Reads a file.
    ///
    /// - Throws: `DatasetError` where it cannot be read, is no text, holds no prompt, or a line is too long or has control characters.
    public init(_ url: URL) throws(DatasetError) {
        let text = try TextFile.read(url, expected: "a text with one prompt a line")
        var lines: [(number: Int, text: String)] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let prompt = line.trimmingCharacters(in: .whitespaces)
            if prompt.isEmpty || prompt.hasPrefix("#") { continue }
            try Self.check(prompt, place: "line \(index + 1)", file: url.path)
            lines.append((index + 1, prompt))
        }
        if lines.isEmpty {
            throw DatasetError(
                file: url.path, found: "no prompt", expected: "one prompt a line",
                advice: "write at least one, such as \"a photo of a {} on a beach\"")
        }
        (self.lines, file, digest) = (lines, url.path, SHA256.hex(lines.map(\.text).joined(separator: "\n")))
    }

    public var identity: String { "file \(digest.prefix(16))" }

    /// - Throws: `DatasetError` for a line that names neither `{}` nor the class.
    public mutating func proposals(_ request: PromptRequest) throws -> [String] {
        let known = Set(request.accepted).union(request.refused)
        var found: [String] = []
        for line in lines where found.count < request.count {
            let prompt = line.text.replacing("{}", with: request.className)
            guard prompt.localizedStandardContains(request.className) else {
                throw DatasetError(
                    file: file, place: "line \(line.number)", found: "\"\(line.text.prefix(60))\"",
                    expected: "the class name \"\(request.className)\" or {} in it", advice: "put {} where the name goes")
            }
            if !known.contains(prompt) && !found.contains(prompt) { found.append(prompt) }
        }
        return found
    }

    private static func check(_ prompt: String, place: String, file: String) throws(DatasetError) {
        if prompt.count > maximumLength {
            throw DatasetError(
                file: file, place: place, found: "\(prompt.count) characters", expected: "at most \(maximumLength)",
                advice: "shorten the prompt; text encoders read the first 77 tokens or so")
        }
        if prompt.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && $0 != "\t" }) {
            throw DatasetError(
                file: file, place: place, found: "a control character", expected: "plain text", advice: "remove it")
        }
    }
}
