internal import Datasets
internal import Foundation
internal import SegModels

/// Words that were read from a file.
struct LoadedWords {
    /// What is looked for without a decoder, by the name of its column.
    static let methods = [method, blind]
    /// The column of words without a decoder.
    static let method = "word"
    /// The column of what is known without a word: where anything is that base classes show.
    static let blind = "class-blind"

    let record: FileRecord
    let model: WordModel

    init(_ path: String) throws {
        let url = URL(fileURLWithPath: path)
        model = try WordModel.load(url)
        record = try FileRecord(url)
    }

    private init(_ file: URL, _ model: WordModel) throws {
        self.model = model
        record = try FileRecord(file)
    }

    /// The words that a user named, or those that come along.
    ///
    /// - Parameters:
    ///   - path: the file; nil for the one that comes along.
    ///   - backbone: what the words will stand behind.
    /// - Returns: nil where those that come along belong to another backbone.
    /// - Throws: as ``init(_:)``.
    static func found(_ path: String?, behind backbone: any Backbone) throws -> LoadedWords? {
        if let path { return try LoadedWords(path) }
        guard let file = ShippedModels.words, let model = try ShippedModels.words(behind: backbone) else { return nil }
        return try LoadedWords(file, model)
    }

    /// Puts the words beside a model's parts.
    func join(_ parts: inout DiffUpParts) {
        parts.textEncoder = PromptedTextEncoder(model.text, .photo)
        parts.textActivation = WordPresence(model)
    }

    /// The segmenter without a decoder of a column.
    ///
    /// - Parameters:
    ///   - method: one of ``methods``.
    ///   - known: the names of base classes.
    func baseline(_ method: String, behind backbone: any Backbone, known: [String]) throws -> WordBaseline {
        try WordBaseline(WordBackbone(backbone, model), question: method == Self.blind ? .anyOf(known) : .episode)
    }
}
