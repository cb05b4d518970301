public import TensorCore

/// The shape of a ``CLIPTextTower``.
public struct CLIPTextTowerShape: Sendable, Hashable {
    /// Tokens that are known: 49 408.
    public var vocabulary = 49408
    /// Tokens of a text, those that begin and end it included: 77.
    public var context = 77
    /// The length of a token's vector: 768 for ViT-L/14.
    public var width = 768
    /// Blocks.
    public var depth = 12
    /// Heads of attention.
    public var heads = 12
    /// The length between the layers of the feed-forward parts.
    public var hidden = 3072
    /// The function of the feed-forward parts.
    public var activation = CLIPActivation.quickGELU
    /// Is added to the variance by the normalisations.
    public var epsilon: Float = 1e-5
    /// The length of the text's own vector; nil for a tower that has none.
    public var projection: Int?

    /// The tower of Stable Diffusion 1.5: ViT-L/14's, without projection.
    public init() {}

    /// Refuses numbers that make no tower.
    ///
    /// - Throws: ``TextEncoderError/configuration(encoder:reason:)``.
    public func validate(source: String) throws(TextEncoderError) {
        func check(_ holds: Bool, _ key: String, _ found: Int, _ expected: String) throws(TextEncoderError) {
            if !holds { throw .configuration(encoder: source, reason: "\(key): found \(found), expected \(expected)") }
        }
        try check((514...1_000_000).contains(vocabulary), "vocab_size", vocabulary, "514...1000000")
        try check((2...65536).contains(context), "max_position_embeddings", context, "2...65536")
        try check((1...8192).contains(width), "hidden_size", width, "1...8192")
        try check((1...128).contains(depth), "num_hidden_layers", depth, "1...128")
        try check(heads > 0 && width % max(heads, 1) == 0, "num_attention_heads", heads, "a divisor of \(width)")
        try check((1...65536).contains(hidden), "intermediate_size", hidden, "1...65536")
        if let projection { try check((1...8192).contains(projection), "projection_dim", projection, "1...8192") }
    }
}

/// A CLIP text tower that gives the states of all tokens: what text-to-image networks attend to.
///
/// State: OpenAI's names, without `text_projection` where there is no projection; ``canonical(_:)`` makes them of Hugging Face's.
public final class CLIPTextTower: Module {
    public let scope: ParameterScope
    /// The shape.
    public let shape: CLIPTextTowerShape
    private let tokens: Embedding
    private let positions: Parameter
    private let blocks: [TransformerBlock]
    private let norm: LayerNorm
    private let projection: Parameter?

    /// What a text becomes.
    public struct States: Sendable {
        /// The states after the last normalisation, `[N, L, width]`.
        public var last: Tensor
        /// The states before the last block, not normalised, `[N, L, width]`.
        public var penultimate: Tensor
        /// The text's own vector, `[N, projection]`, where the tower has one.
        public var pooled: Tensor?
    }

    /// Registers a tower.
    ///
    /// - Throws: ``TextEncoderError/configuration(encoder:reason:)``.
    public init(_ scope: ParameterScope, _ shape: CLIPTextTowerShape) throws(TextEncoderError) {
        try shape.validate(source: "CLIP's text tower")
        self.scope = scope
        self.shape = shape
        let options = TransformerOptions(
            width: shape.width, heads: shape.heads, hidden: shape.hidden, activation: shape.activation.fused,
            epsilon: shape.epsilon, names: .openAI)
        tokens = Embedding(scope["token_embedding"], count: shape.vocabulary, width: shape.width)
        positions = scope.parameter(
            "positional_embedding", shape: [shape.context, shape.width], initializer: .normal(mean: 0, deviation: 0.01))
        blocks = (0..<shape.depth).map { TransformerBlock(scope["transformer.resblocks"][$0], options) }
        norm = LayerNorm(scope["ln_final"], width: shape.width, epsilon: shape.epsilon)
        projection = shape.projection.map {
            scope.parameter("text_projection", shape: [shape.width, $0], initializer: .xavierUniform)
        }
    }

    /// The states of texts.
    ///
    /// - Parameters:
    ///   - sequences: tokens, all of one length; what follows the first end does not change the states before it.
    ///   - precision: the type of activations.
    /// - Precondition: tokens of the vocabulary, and no more than the context has.
    public func callAsFunction(_ sequences: [[Int]], precision: Precision = .float32) -> States {
        ModulePath.named("text tower") {
            let length = sequences.first?.count ?? 0
            precondition(
                length <= shape.context && sequences.allSatisfy { $0.count == length },
                "CLIPTextTower: texts have \(sequences.map(\.count)) tokens, expected one length of at most \(shape.context)")
            let table = tokens.weight.value
            let ids = Tensor(sequences.flatMap { $0 }.map { Int64($0) }, shape: [sequences.count, length], beside: table)
            let places = positions.value.sliced(axis: 0, from: 0, count: length)
            var x = (tokens(ids) + places).converted(to: precision.activations)
            let scalars = (0..<length).flatMap { row in (0..<length).map { $0 > row ? -Float.infinity : 0 } }
            let mask = Tensor(scalars, shape: [length, length], beside: x)
            var before = x
            for block in blocks {
                before = x
                x = block(x, mask: mask)
            }
            let last = norm(x)
            return States(last: last, penultimate: before, pooled: pooled(last, sequences))
        }
    }

    /// The state at the first of the largest tokens, which ends the text, projected.
    private func pooled(_ last: Tensor, _ sequences: [[Int]]) -> Tensor? {
        guard let projection else { return nil }
        let (count, length, width) = (last.shape[0], last.shape[1], last.shape[2])
        let rows = sequences.enumerated().map { index, sequence -> Int64 in
            let largest = sequence.max() ?? 0
            return Int64(index * length + (sequence.firstIndex(of: largest) ?? 0))
        }
        let ends = last.reshaped(to: [count * length, width]).gathered(at: Tensor(rows, shape: [count], beside: last))
        return ends.matmul(projection.value)
    }

    /// A state as this tower names it, of one with OpenAI's or Hugging Face's names.
    ///
    /// - Throws: `CheckpointError` where the file has been cut short since it was opened.
    public static func canonical(_ state: StateDict) throws(CheckpointError) -> StateDict {
        try state.canonical(CLIPCheckpoint.textMaps)
    }
}

extension CLIPTokenizer {
    /// A text as the fixed number of tokens that text-to-image networks read.
    ///
    /// - Parameters:
    ///   - text: any text; an empty one has a beginning and an end.
    ///   - length: tokens in all, at least 2.
    ///   - padding: the token that fills up.
    /// - Returns: the tokens, and how many of the text's were left out because there was no place for them.
    public func sequence(of text: String, length: Int, padding: Int) -> (tokens: [Int], omitted: Int) {
        let all = tokens(of: text)
        let kept = all.prefix(max(length - 2, 0))
        let sequence = [vocabulary.startToken] + kept + [vocabulary.endToken]
        let padded = sequence + [Int](repeating: padding, count: max(length - sequence.count, 0))
        return (padded, all.count - kept.count)
    }
}
