internal import Foundation
public import TensorCore

/// The shape of a ``T5Encoder``.
public struct T5EncoderShape: Sendable, Hashable {
    /// Tokens that are known.
    public var vocabulary = 32128
    /// The length of a token's vector.
    public var width = 4096
    /// The length of a head's vectors; heads need not make up the width.
    public var headWidth = 64
    /// Heads of attention.
    public var heads = 64
    /// The length between the layers of the feed-forward parts.
    public var hidden = 10240
    /// Blocks.
    public var depth = 24
    /// Kinds of distances between two tokens.
    public var buckets = 32
    /// Distances from here on are of one kind.
    public var farthest = 128
    /// Is added to the mean square by the normalisations.
    public var epsilon: Float = 1e-6

    /// T5 1.1 XXL, as Stable Diffusion 3 reads it.
    public init() {}

    /// Refuses numbers that make no encoder.
    ///
    /// - Throws: ``TextEncoderError/configuration(encoder:reason:)``.
    public func validate(source: String) throws(TextEncoderError) {
        let numbers: [(String, Int, ClosedRange<Int>)] = [
            ("vocab_size", vocabulary, 1...1_000_000), ("d_model", width, 1...16384), ("d_kv", headWidth, 1...1024),
            ("num_heads", heads, 1...256), ("d_ff", hidden, 1...131_072), ("num_layers", depth, 1...128),
            ("relative_attention_num_buckets", buckets, 4...1024), ("relative_attention_max_distance", farthest, 4...65536),
        ]
        for (key, found, range) in numbers where !range.contains(found) {
            throw .configuration(encoder: source, reason: "\(key): found \(found), expected \(range)")
        }
        guard buckets % 4 == 0, farthest > buckets / 4 else {
            throw .configuration(
                encoder: source,
                reason: "relative_attention_num_buckets: found \(buckets), expected a multiple of 4 below four times \(farthest)")
        }
    }
}

/// The encoder of T5 version 1.1 (Raffel et al. 2020; Shazeer 2020): a transformer without biases whose attention knows only distances
/// between tokens, and is not scaled.
///
/// State as Hugging Face's: `shared`, `encoder.block.{i}.layer.{0,1}`, `encoder.final_layer_norm`.
public final class T5Encoder: Module {
    public let scope: ParameterScope
    /// The shape.
    public let shape: T5EncoderShape
    private let tokens: Embedding
    private let distances: Parameter
    private let blocks: [Block]
    private let norm: RMSNorm

    /// Registers an encoder.
    ///
    /// - Throws: ``TextEncoderError/configuration(encoder:reason:)``.
    public init(_ scope: ParameterScope, _ shape: T5EncoderShape) throws(TextEncoderError) {
        try shape.validate(source: "T5")
        self.scope = scope
        self.shape = shape
        tokens = Embedding(scope["shared"], count: shape.vocabulary, width: shape.width)
        let own = scope["encoder"]["block"]
        distances = own[0]["layer"][0]["SelfAttention"]["relative_attention_bias"].parameter(
            "weight", shape: [shape.buckets, shape.heads], initializer: .normal(mean: 0, deviation: 0.1))
        blocks = (0..<shape.depth).map { Block(own[$0]["layer"], shape) }
        norm = RMSNorm(scope["encoder"]["final_layer_norm"], width: shape.width, epsilon: shape.epsilon)
    }

    /// The states of texts, `[N, L, width]`. All tokens attend to all, those that fill up too, as Stable Diffusion 3 has it.
    ///
    /// - Parameters:
    ///   - sequences: tokens, all of one length.
    ///   - precision: the type of activations; float16 overflows in the feed-forward parts and is not offered.
    /// - Precondition: tokens of the vocabulary.
    public func callAsFunction(_ sequences: [[Int]], precision: Precision = .float32) -> Tensor {
        ModulePath.named("t5") {
            let length = sequences.first?.count ?? 0
            precondition(sequences.allSatisfy { $0.count == length }, "T5Encoder: texts of different lengths")
            let table = tokens.weight.value
            let ids = Tensor(sequences.flatMap { $0 }.map { Int64($0) }, shape: [sequences.count, length], beside: table)
            let x = tokens(ids).converted(to: precision.activations)
            let bias = bias(length, batch: sequences.count, beside: table)
            return norm(blocks.reduce(x) { $1($0, bias) })
        }
    }

    /// What is added to the scores, `[N * heads, L, L]`.
    private func bias(_ length: Int, batch: Int, beside other: Tensor) -> Tensor {
        let kinds = (0..<length).flatMap { query in
            (0..<length).map { Int64(Self.bucket($0 - query, shape)) }
        }
        let rows = distances.value.converted(to: .float32)
            .gathered(at: Tensor(kinds, shape: [length * length], beside: other))
        let one = rows.reshaped(to: [length, length, shape.heads]).permuted([2, 0, 1])
        return .concatenated([Tensor](repeating: one, count: batch), axis: 0)
    }

    /// The kind of a distance, key minus query: half of the kinds for either direction, half of those exact, the rest by the logarithm.
    static func bucket(_ distance: Int, _ shape: T5EncoderShape) -> Int {
        let side = shape.buckets / 2
        let exact = side / 2
        let base = distance > 0 ? side : 0
        let size = abs(distance)
        guard size >= exact else { return base + size }
        let share = logf(Float(size) / Float(exact)) / logf(Float(shape.farthest) / Float(exact))
        return base + min(exact + Int(share * Float(side - exact)), side - 1)
    }

    /// Attention, then the gated feed-forward part, each after a normalisation and added.
    private final class Block: Sendable {
        private let attentionNorm: RMSNorm
        private let projections: [Linear]
        private let output: Linear
        private let forwardNorm: RMSNorm
        private let gate: Linear
        private let value: Linear
        private let contraction: Linear
        private let heads: Int

        init(_ scope: ParameterScope, _ shape: T5EncoderShape) {
            let inner = shape.heads * shape.headWidth
            heads = shape.heads
            let attention = scope[0]["SelfAttention"]
            projections = ["q", "k", "v"].map { Linear(attention[$0], inputs: shape.width, outputs: inner, bias: false) }
            output = Linear(attention["o"], inputs: inner, outputs: shape.width, bias: false)
            attentionNorm = RMSNorm(scope[0]["layer_norm"], width: shape.width, epsilon: shape.epsilon)
            let forward = scope[1]["DenseReluDense"]
            gate = Linear(forward["wi_0"], inputs: shape.width, outputs: shape.hidden, bias: false)
            value = Linear(forward["wi_1"], inputs: shape.width, outputs: shape.hidden, bias: false)
            contraction = Linear(forward["wo"], inputs: shape.hidden, outputs: shape.width, bias: false)
            forwardNorm = RMSNorm(scope[1]["layer_norm"], width: shape.width, epsilon: shape.epsilon)
        }

        func callAsFunction(_ x: Tensor, _ bias: Tensor) -> Tensor {
            let normed = attentionNorm(x)
            let parts = projections.map { split($0(normed)) }
            let attended = Tensor.attention(query: parts[0], key: parts[1], value: parts[2], bias: bias, scale: 1)
            let (batch, length) = (x.shape[0], x.shape[1])
            let merged = attended.reshaped(to: [batch, heads, length, attended.shape[2]]).permuted([0, 2, 1, 3])
            let y = x + output(merged.reshaped(to: [batch, length, heads * attended.shape[2]]).converted(to: x.dtype))
            let inner = forwardNorm(y)
            return y + contraction(gate(inner, activation: .geluTanh) * value(inner))
        }

        private func split(_ x: Tensor) -> Tensor {
            let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2] / heads)
            return x.reshaped(to: [batch, length, heads, width]).permuted([0, 2, 1, 3])
                .reshaped(to: [batch * heads, length, width])
        }
    }
}

extension T5Encoder {
    /// A state as the encoder names it: the table of tokens stands under one or both of two names in published files.
    public static func canonical(_ state: StateDict) -> StateDict {
        var state = state
        let (own, other) = ("shared.weight", "encoder.embed_tokens.weight")
        if state.shape(of: own) == nil, let table = state[other] { state[own] = table }
        state[other] = nil
        return state
    }
}
