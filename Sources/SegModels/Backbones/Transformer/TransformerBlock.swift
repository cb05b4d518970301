public import TensorCore

/// A block of a transformer that normalises first: `x += s1 * attention(norm1(x))`, then `x += s2 * feedForward(norm2(x))`.
///
/// Shapes: `[N, L, width]` to the same. State: as ``TransformerNames`` says.
public final class TransformerBlock: Module {
    /// How a block is run in place of its own way, for dense features of the last one.
    public struct Path: Sendable, Hashable {
        /// What attention compares.
        public var pairing: AttentionPairing
        /// Whether the tokens are added to attention's result.
        public var hasResidual: Bool
        /// Whether the feed-forward part follows.
        public var hasFeedForward: Bool

        /// Makes a path; without arguments the block's own way.
        public init(pairing: AttentionPairing = .queryKey, hasResidual: Bool = true, hasFeedForward: Bool = true) {
            self.pairing = pairing
            self.hasResidual = hasResidual
            self.hasFeedForward = hasFeedForward
        }
    }

    public let scope: ParameterScope
    private let attentionNorm: LayerNorm
    private let attention: TokenAttention
    private let attentionScale: Parameter?
    private let feedForwardNorm: LayerNorm
    private let expansion: Linear
    private let contraction: Linear
    private let feedForwardScale: Parameter?
    private let activation: FusedActivation

    /// Registers the block.
    ///
    /// - Precondition: the heads divide the width.
    public init(_ scope: ParameterScope, _ options: TransformerOptions) {
        let (width, names) = (options.width, options.names)
        func scale(_ name: String) -> Parameter? {
            options.layerScale.map { scope.parameter(name, shape: [width], initializer: .constant($0)) }
        }
        self.scope = scope
        activation = options.activation
        attentionNorm = LayerNorm(scope[names.attentionNorm], width: width, epsilon: options.epsilon)
        attention = TokenAttention(scope, options)
        attentionScale = scale(names.attentionScale)
        feedForwardNorm = LayerNorm(scope[names.feedForwardNorm], width: width, epsilon: options.epsilon)
        expansion = Linear(scope[names.expansion], inputs: width, outputs: options.hidden)
        contraction = Linear(scope[names.contraction], inputs: options.hidden, outputs: width)
        feedForwardScale = scale(names.feedForwardScale)
    }

    /// Runs the block.
    ///
    /// - Parameters:
    ///   - x: `[N, L, width]`.
    ///   - mask: is added to the scores of attention, see ``TokenAttention``.
    ///   - rotation: acts on queries and keys.
    ///   - path: which way; the block's own by default.
    public func callAsFunction(
        _ x: Tensor, mask: Tensor? = nil, rotation: TokenAttention.Rotation? = nil, path: Path = Path()
    ) -> Tensor {
        let attended = scaled(
            attention(attentionNorm(x), mask: mask, pairing: path.pairing, rotation: rotation), by: attentionScale)
        let y = path.hasResidual ? x + attended : attended
        guard path.hasFeedForward else { return y }
        let inner = expansion(feedForwardNorm(y), activation: activation)
        return y + scaled(contraction(inner), by: feedForwardScale)
    }

    private func scaled(_ x: Tensor, by factors: Parameter?) -> Tensor {
        factors.map { x * $0.value.converted(to: x.dtype) } ?? x
    }
}
