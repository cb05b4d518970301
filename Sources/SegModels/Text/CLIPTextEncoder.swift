public import TensorCore

/// CLIP's text tower: tokens and their positions, causal blocks, a last normalisation, and the vector of the token that ends the
/// text, projected to the space of images.
public final class CLIPTextEncoder: TextEncoder {
    public let scope: ParameterScope
    public let name: String
    /// The shape.
    public let shape: CLIPText
    /// What texts are split by.
    public let tokenizer: CLIPTokenizer
    /// The type of activations and of the vectors.
    public let precision: Precision
    private let tokens: Embedding
    private let positions: Parameter
    private let blocks: [TransformerBlock]
    private let norm: LayerNorm
    private let projection: Parameter

    /// Registers a tower with random weights, trainable.
    ///
    /// - Parameters:
    ///   - scope: where its parameters go.
    ///   - shape: the tower's.
    ///   - name: what messages and manifests call it.
    ///   - tokenizer: what texts are split by.
    ///   - precision: the type of activations.
    /// - Throws: ``TextEncoderError/configuration(encoder:reason:)``, and ``TextEncoderError/vocabulary(_:)`` for one of another
    ///   size than the tower's.
    public init(
        _ scope: ParameterScope, _ shape: CLIPText, name: String = "clip", tokenizer: CLIPTokenizer,
        precision: Precision = .float32
    ) throws(TextEncoderError) {
        do throws(ConfigurationError) { try shape.validate(source: name) } catch {
            throw .configuration(encoder: name, reason: "\(error.key): \(error.reason)")
        }
        guard tokenizer.vocabulary.count == shape.vocabulary else {
            throw .vocabulary(
                .size(source: tokenizer.vocabulary.source, found: tokenizer.vocabulary.count, expected: shape.vocabulary))
        }
        self.scope = scope
        self.name = name
        self.shape = shape
        self.tokenizer = tokenizer
        self.precision = precision
        let options = TransformerOptions(
            width: shape.width, heads: shape.heads, activation: shape.activation.fused, names: .openAI)
        tokens = Embedding(scope["token_embedding"], count: shape.vocabulary, width: shape.width)
        positions = scope.parameter(
            "positional_embedding", shape: [shape.context, shape.width], initializer: .normal(mean: 0, deviation: 0.01))
        blocks = (0..<shape.depth).map { TransformerBlock(scope["transformer.resblocks"][$0], options) }
        norm = LayerNorm(scope["ln_final"], width: shape.width)
        projection = scope.parameter(
            "text_projection", shape: [shape.width, shape.dimension],
            initializer: .normal(mean: 0, deviation: 1 / Float(shape.width).squareRoot()))
    }

    public var space: String { shape.space }
    public var dimension: Int { shape.dimension }

    public func encoded(_ texts: [String]) throws(TextEncoderError) -> Tensor {
        var sequences: [[Int]] = []
        for text in texts {
            let sequence = tokenizer.sequence(of: text)
            guard sequence.count > 2 else { throw .unusable(text: text, encoder: name, reason: "holds no word") }
            guard sequence.count <= shape.context else {
                throw .unusable(
                    text: text, encoder: name,
                    reason: "has \(sequence.count) tokens, expected at most \(shape.context); shorten it")
            }
            sequences.append(sequence)
        }
        return encoded(sequences: sequences)
    }

    /// The vectors of texts that are tokens already, not normalised.
    ///
    /// - Parameter sequences: each with the tokens that begin and end it. What follows the first end does not count: the tower
    ///   reads from left to right.
    /// - Returns: `[N, dimension]`.
    /// - Precondition: tokens of the vocabulary, no more than the context has, and an end in each.
    public func encoded(sequences: [[Int]]) -> Tensor {
        ModulePath.named(name) {
            guard let longest = sequences.map(\.count).max() else { return Tensor(zeros: [0, dimension]) }
            precondition(longest <= shape.context, "\(name): a text has \(longest) tokens, more than \(shape.context)")
            let table = tokens.weight.value
            let padded = sequences.flatMap { $0 + [Int](repeating: 0, count: longest - $0.count) }
            let ids = Tensor(padded.map { Int64($0) }, shape: [sequences.count, longest], beside: table)
            let places = positions.value.sliced(axis: 0, from: 0, count: longest)
            let embedded = (tokens(ids) + places).converted(to: precision.activations)
            let mask = Self.causalMask(longest, beside: embedded)
            let x = blocks.reduce(embedded) { $1($0, mask: mask) }
            return projected(x, ends: sequences.map { $0.firstIndex(of: tokenizer.vocabulary.endToken) })
        }
    }

    private func projected(_ x: Tensor, ends: [Int?]) -> Tensor {
        let (count, length, width) = (x.shape[0], x.shape[1], x.shape[2])
        let rows = ends.enumerated().map { index, end -> Int64 in
            guard let end else { preconditionFailure("\(name): text \(index) has no end") }
            return Int64(index * length + end)
        }
        let last = x.reshaped(to: [count * length, width]).gathered(at: Tensor(rows, shape: [count], beside: x))
        return norm(last).matmul(projection.value)
    }

    /// Minus infinity where a token would look ahead, `[L, L]`.
    private static func causalMask(_ length: Int, beside other: Tensor) -> Tensor {
        let scalars = (0..<length).flatMap { row in (0..<length).map { $0 > row ? -Float.infinity : 0 } }
        return Tensor(scalars, shape: [length, length], beside: other)
    }
}
