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
