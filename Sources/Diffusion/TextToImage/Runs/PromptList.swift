public import Datasets
public import Foundation

/// A prompt, and what its pictures are called.
public struct NamedPrompt: Sendable, Hashable, Codable {
    /// The stem of its files.
    public var name: String
    /// What they show.
    public var prompt: String

    /// Names a prompt.
    public init(name: String, prompt: String) { (self.name, self.prompt) = (name, prompt) }

    /// Prompts as a command line gives them, numbered from `prompt-1` on.
    public static func numbered(_ prompts: [String]) -> [NamedPrompt] {
        prompts.enumerated().map { NamedPrompt(name: "prompt-\($0 + 1)", prompt: $1) }
    }

    /// The prompts of a text file, one a line, or of a folder, one in each `.txt` file, whose name the pictures take.
    ///
    /// - Throws: `RunError` for a place that cannot be read or holds no prompt.
    public static func found(_ url: URL) throws(RunError) -> [NamedPrompt] {
        let isFolder = FileBytes.isFolder(url)
        let prompts = isFolder ? try folder(url) : try lines(url)
        guard !prompts.isEmpty else {
            throw .file(
                url.path, found: "no prompt", expected: isFolder ? "files of one prompt, *.txt" : "a prompt on every line",
                advice: "write what the pictures shall show")
        }
        return prompts
    }

    private static func lines(_ url: URL) throws(RunError) -> [NamedPrompt] {
        let lines = try text(url).split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let stem = url.deletingPathExtension().lastPathComponent
        return lines.filter { !$0.isEmpty }.enumerated().map { NamedPrompt(name: "\(stem)-\($0 + 1)", prompt: $1) }
    }

    private static func folder(_ url: URL) throws(RunError) -> [NamedPrompt] {
        let content: [URL]
        do {
            content = try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
        } catch {
            throw .unreadable(url.path, error, expected: "a folder of prompts", advice: "check the access rights")
        }
        var prompts: [NamedPrompt] = []
        for file in content.sorted(by: { $0.path < $1.path }) where file.pathExtension.lowercased() == "txt" {
            let words = try text(file).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !words.isEmpty else { continue }
            prompts.append(NamedPrompt(name: file.deletingPathExtension().lastPathComponent, prompt: words))
        }
        return prompts
    }

    private static func text(_ url: URL) throws(RunError) -> String {
        do throws(DatasetError) { return try TextFile.read(url, expected: "prompts") } catch {
            throw .file(url.path, found: error.found, expected: error.expected, advice: error.advice)
        }
    }
}
