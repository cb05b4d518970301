public import TensorCore

/// A small dual encoder: CLIP's text tower in a few thousand weights, and a head that brings a frozen backbone's features to the same
/// space, place by place.
///
/// It stands in for CLIP where nobody may ship CLIP's weights. Texts and places are compared by cosine; ``presence(_:_:)`` makes a
/// probability of it with a learned scale and shift, as training did (the pairwise sigmoid of Zhai et al. 2023, "SigLIP").
///
/// State: `text` with the names of ``CLIPText``, `image.norm`, `image.expansion`, `image.projection`, `logit_scale` (its logarithm),
/// `logit_bias`.
public final class WordModel: Module {
    public let scope: ParameterScope
    /// The sizes.
    public let shape: WordShape
    /// The words that are one token each; other words are spelled.
    public let words: [String]
    /// The channels of the backbone's levels, in order.
    public let channels: [Int]
    /// The digest of the backbone's tensors, `Module.contentDigest`; it names the space.
    public let backboneDigest: String
    /// The tower of texts.
    public let text: CLIPTextEncoder
    private let head: WordHead
    private let scale: Parameter
    private let bias: Parameter

    /// Registers a model with random weights, trainable.
    ///
    /// - Parameters:
    ///   - scope: where its parameters go.
    ///   - shape: the sizes.
    ///   - words: those that are one token each, at least one.
    ///   - channels: of the backbone's levels.
    ///   - backboneDigest: `Module.contentDigest` of the backbone that it stands behind.
    /// - Throws: ``TextEncoderError`` for sizes or words that make no tower.
    public init(
        _ scope: ParameterScope, _ shape: WordShape, words: [String], channels: [Int], backboneDigest: String
    ) throws(TextEncoderError) {
        do throws(ConfigurationError) { try shape.validate(source: "words") } catch {
            throw .configuration(encoder: "words", reason: "\(error.key): \(error.reason)")
        }
        self.scope = scope
        self.shape = shape
        self.words = words
        self.channels = channels
        self.backboneDigest = backboneDigest
        let tokenizer: CLIPTokenizer
        do throws(TokenizerError) {
            let merges = CaptionVocabulary.merges(for: words)
            tokenizer = CLIPTokenizer(try BytePairVocabulary(merges: merges.utf8, source: "the words of the captions"))
        } catch {
            throw .vocabulary(error)
        }
        let tower = CLIPText(
            vocabulary: tokenizer.vocabulary.count, context: shape.context, width: shape.width, depth: shape.depth,
            heads: shape.heads, dimension: shape.dimension, activation: .gelu, space: "words \(backboneDigest.prefix(16))")
        text = try CLIPTextEncoder(scope["text"], tower, name: "words", tokenizer: tokenizer)
        head = WordHead(
            scope["image"], channels: channels.reduce(0, +), hidden: shape.hidden, dimension: shape.dimension)
        // As SigLIP begins: a scale of 10, and a shift that takes most pairs for wrong.
        scale = scope.parameter("logit_scale", shape: [1], initializer: .constant(2.302585))
        bias = scope.parameter("logit_bias", shape: [1], initializer: .constant(-10))
    }

    /// A backbone's maps side by side on the grid of the first level, `[N, h, w, sum of channels]`, float32.
    ///
    /// - Precondition: one map a level.
    public static func joined(_ maps: [Tensor]) -> Tensor {
        let size = Size2D(height: maps[0].shape[1], width: maps[0].shape[2])
        return .concatenated(maps.map { $0.converted(to: .float32).resized(to: size, .bilinear) }, axis: 3)
    }

    /// The vectors of places, not normalised: `[P, sum of channels]` to `[P, dimension]`.
    public func vectors(_ places: Tensor) -> Tensor { head(places) }

    /// The logits of "this place shows what the text says", `[T, P]`.
    ///
    /// - Parameters:
    ///   - texts: vectors of texts, `[T, dimension]`.
    ///   - places: vectors of places, `[P, dimension]`.
    public func logits(_ texts: Tensor, _ places: Tensor) -> Tensor {
        let cosines = texts.normalized(axis: 1).matmul(places.normalized(axis: 1), transposed: .right)
        return cosines * scale.value.exp() + bias.value
    }

    /// The probability that places show what texts say, `[T, P]`; as ``logits(_:_:)``.
    public func presence(_ texts: Tensor, _ places: Tensor) -> Tensor { logits(texts, places).sigmoid() }
}
