public import Datasets
public import SegModels
internal import TensorCore

/// Segmentation by words alone, without a decoder: where the words hold, parted from the rest of the photo by Otsu's threshold.
///
/// The thing is taken to be there. How sure a name is depends on whether its pair of words was met in training; that it holds more in some
/// places than in others does not.
public struct WordBaseline: EpisodicSegmenter, Sendable {
    /// What is looked for.
    public enum Question: Sendable, Hashable {
        /// What the episode's words say.
        case episode
        /// The same phrases for every episode, whatever its words: what is known without a word, such as where anything is.
        case anyOf([String])
    }

    /// What is looked for.
    public let question: Question
    private let backbone: WordBackbone

    /// Makes a baseline.
    ///
    /// - Parameters:
    ///   - backbone: shares a space with words.
    ///   - question: what is looked for.
    /// - Precondition: a question of at least one phrase.
    public init(_ backbone: WordBackbone, question: Question = .episode) {
        if case .anyOf(let phrases) = question {
            precondition(!phrases.isEmpty, "WordBaseline: expected at least one phrase")
        }
        self.backbone = backbone
        self.question = question
    }

    /// - Throws: `DiffUpError.noSupport` for an episode without words, `TextEncoderError` for words without a vector.
    public func segment(_ episode: Episode) throws -> Prediction {
        let found = try activation(episode)
        return .mask(found.mask(from: ActivationThreshold.otsu(found.values)))
    }

    /// How probably the words hold, in the size of the query; of several phrases the surest.
    ///
    /// - Throws: as ``segment(_:)``.
    public func activation(_ episode: Episode) throws -> ScalarMap {
        let phrases: [String]
        switch question {
        case .episode:
            guard let text = episode.text else { throw DiffUpError.noSupport }
            phrases = [text]
        case .anyOf(let fixed): phrases = fixed
        }
        return try withoutGradients {
            let model = backbone.model
            let texts = try PromptedTextEncoder(model.text, .photo).encoded(phrases)
            let side = model.shape.imageSize
            let photo = episode.query.resized(height: side, width: side, filter: .bilinear).tensor()
            let query = QueryFeatures(backbone.jointFeatures(photo))
            let map = WordPresence(model).prior(texts, query).max(axes: [0])
            let size = Size2D(height: episode.query.height, width: episode.query.width)
            return ScalarMap(
                map.reshaped(to: [1, query.size.height, query.size.width, 1]).resized(to: size, .bilinear))
        }
    }
}
