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
    /// The vectors of fixed phrases.
    private let fixed: Tensor?

    /// Makes a baseline.
    ///
    /// - Parameters:
    ///   - backbone: shares a space with words.
    ///   - question: what is looked for.
    /// - Precondition: a question of at least one phrase.
    /// - Throws: `TextEncoderError` for a fixed phrase without a vector.
    public init(_ backbone: WordBackbone, question: Question = .episode) throws {
        self.backbone = backbone
        self.question = question
        guard case .anyOf(let phrases) = question else {
            fixed = nil
            return
        }
        precondition(!phrases.isEmpty, "WordBaseline: expected at least one phrase")
        fixed = try Self.encoded(phrases, backbone)
    }

    private static func encoded(_ phrases: [String], _ backbone: WordBackbone) throws -> Tensor {
        try withoutGradients { try PromptedTextEncoder(backbone.model.text, .photo).encoded(phrases) }
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
        let texts: Tensor
        if let fixed {
            texts = fixed
        } else {
            guard let text = episode.text else { throw DiffUpError.noSupport }
            texts = try Self.encoded([text], backbone)
        }
        return withoutGradients {
            let model = backbone.model
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
