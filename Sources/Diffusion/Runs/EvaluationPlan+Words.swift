internal import Datasets
internal import Foundation
internal import SegModels

extension EvaluationPlan {
    /// Checks that names are read where they are given, and given where they are read.
    func validateWords() throws(RunError) {
        let isNamed = annotation.kind == .none && annotation.givesText
        guard words != nil || !isNamed else {
            throw .setting(
                "annotation", found: annotation.rawValue,
                expected: "another rule, such as none, or --words: no network here has a text tower beside it")
        }
        guard words == nil || isNamed else {
            throw .conflict(
                "found --words beside --annotation \(annotation.rawValue), which gives no names; give word or none-named.")
        }
        guard words == nil || backbones.count < 2 else {
            throw .conflict("found --words and \(backbones.count) backbones; words belong to one, name it alone.")
        }
        guard annotation.showsSupports || (baselines.isEmpty && (learners ?? []).isEmpty && auxiliary == nil) else {
            throw .conflict(
                "found --annotation \(annotation.rawValue), which shows no supports, beside methods that need some; give --baselines none and leave --learner and --auxiliary out."
            )
        }
    }
}

/// Words as an evaluation knows them.
struct EvaluatedWords {
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

    /// The segmenters without a decoder, by column.
    ///
    /// - Parameter known: the names of base classes.
    func baselines(behind backbone: any Backbone, known: [String]) throws -> [(method: String, WordBaseline)] {
        let worded = try WordBackbone(backbone, model)
        return [(Self.method, WordBaseline(worded)), (Self.blind, WordBaseline(worded, question: .anyOf(known)))]
    }
}
