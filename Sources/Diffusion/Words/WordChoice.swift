internal import Datasets
internal import Foundation
internal import SegModels

/// Names that are looked for in place of annotated photos, and the file that reads them.
public struct WordChoice: Codable, Hashable, Sendable {
    /// What is looked for, each in its own right.
    public var names: [String]
    /// The words, `words.safetensors` of `fss train words` behind the same backbone; nil for those that come along
    /// (``ShippedModels/words``), which belong to the backbone that comes along.
    public var path: String?

    /// Names what is looked for and what reads it.
    public init(_ names: [String], path: String? = nil) {
        self.names = names
        self.path = path
    }

    /// The same with an absolute path.
    ///
    /// - Parameter folder: what a relative path is relative to.
    func resolved(in folder: String) -> WordChoice {
        WordChoice(
            names,
            path: path.map {
                URL(fileURLWithPath: $0, relativeTo: URL(fileURLWithPath: folder, isDirectory: true)).standardizedFileURL.path
            })
    }

    /// Refuses names that nobody could tell apart.
    ///
    /// - Throws: `RunError`.
    func validate() throws(RunError) {
        guard !names.isEmpty, names.count <= ConceptDecision.limit else {
            throw .setting("word", found: "\(names.count) names", expected: "1...\(ConceptDecision.limit)")
        }
        guard names.allSatisfy({ $0.contains { !$0.isWhitespace } }), Set(names).count == names.count else {
            throw .setting("word", found: names.joined(separator: ", "), expected: "different names, none of them empty")
        }
    }

    /// Puts the words beside a model.
    ///
    /// - Parameter cacheCapacity: bytes of features that are kept for photos that come again.
    /// - Returns: the file of the words.
    /// - Throws: `RunError` for a model of several backbones, and for one of which no words come along; `TextEncoderError` for words of
    ///   another backbone, `CheckpointError`.
    func join(_ loaded: inout LoadedModel, cacheCapacity: Int) throws -> FileRecord {
        guard loaded.further.isEmpty else {
            throw RunError.conflict("found --word and \(loaded.backbones.count) backbones; words belong to one, name it alone.")
        }
        guard let words = try LoadedWords.found(path, behind: loaded.backbone.backbone) else {
            throw RunError.conflict(
                "--word \(names.first ?? "") needs --words <file>; `fss train words` makes it behind a backbone. The words that come along "
                    + "belong to the backbone that comes along, found \(loaded.backbone.description.name) with other weights.")
        }
        var parts = loaded.model.parts
        words.join(&parts)
        loaded.model = try DiffUp(
            backbone: WordBackbone(loaded.backbone.backbone, words.model), denoiser: loaded.model.denoiser, parts: parts,
            cacheCapacity: cacheCapacity)
        return words.record
    }
}
