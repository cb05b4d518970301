internal import TensorCore

/// A block of ``MMDiT`` and ``MMDiTControlNet``: state `norm1.linear`, `norm1_context.linear`, `attn`, `attn2` (dual blocks), `ff`, `ff_context`. The last block of
/// a transformer has no use for the text's tokens after attention; blocks of some ControlNets know no text.
final class MMDiTBlock: Module {
    let scope: ParameterScope
    private let width: Int
    private let text: JointAttention.Text
    private let pictureModulation: Linear
    private let textModulation: Linear?
    private let attention: JointAttention
    private let selfAttention: JointAttention?
    private let pictureForward: FeedForward
    private let textForward: FeedForward?

    /// - Parameter text: what becomes of the text; nil for what the transformer does with it in this block.
    init(_ scope: ParameterScope, _ configuration: MMDiTConfiguration, index: Int, text wanted: JointAttention.Text? = nil) {
        self.scope = scope
        width = configuration.width
        let text = wanted ?? (index == configuration.depth - 1 ? .read : .readAndWritten)
        self.text = text
        let isDual = configuration.dualBlocks.contains(index)
        pictureModulation = Linear(scope["norm1"]["linear"], inputs: width, outputs: (isDual ? 9 : 6) * width)
        textModulation =
            text == .none
            ? nil : Linear(scope["norm1_context"]["linear"], inputs: width, outputs: (text == .read ? 2 : 6) * width)
        attention = JointAttention(scope["attn"], configuration, text: text)
        selfAttention = isDual ? JointAttention(scope["attn2"], configuration, text: .none) : nil
        pictureForward = FeedForward(scope["ff"], width: width)
        textForward = text == .readAndWritten ? FeedForward(scope["ff_context"], width: width) : nil
    }

    /// Picture and text after the block; `condition` is `[N, width]` after SiLU.
    func callAsFunction(_ x: Tensor, _ y: Tensor, _ condition: Tensor) -> (Tensor, Tensor) {
        let (x, text) = self(x, y, condition: condition)
        return (x, text ?? y)
    }

    /// The same where there may be no text.
    func callAsFunction(_ x: Tensor, _ y: Tensor?, condition: Tensor) -> (Tensor, Tensor?) {
        // Shift, scale and gate of attention, of the feed-forward part, and of the second attention.
        let picture = chunks(pictureModulation(condition))
        let text = textModulation.map { chunks($0(condition)) } ?? []
        let normed = x.layerNorm(epsilon: 1e-6)
        // The last block's two numbers stand in the other order.
        let places = self.text == .read ? (shift: 1, scale: 0) : (shift: 0, scale: 1)
        let textInput =
            text.isEmpty ? nil : y.map { modulated($0.layerNorm(epsilon: 1e-6), text[places.shift], text[places.scale]) }
        let (attended, attendedText) = attention(modulated(normed, picture[0], picture[1]), textInput)
        var x = x + picture[2] * attended
        if let selfAttention {
            x = x + picture[8] * selfAttention(modulated(normed, picture[6], picture[7]), nil).0
        }
        let inner = pictureForward(modulated(x.layerNorm(epsilon: 1e-6), picture[3], picture[4]))
        x = x + picture[5] * inner
        guard let textForward, let attendedText, let before = y else { return (x, y) }
        var y = before + text[2] * attendedText
        let innerText = textForward(modulated(y.layerNorm(epsilon: 1e-6), text[3], text[4]))
        y = y + text[5] * innerText
        return (x, y)
    }

    private func chunks(_ x: Tensor) -> [Tensor] {
        x.expanded(at: 1).split([Int](repeating: width, count: x.shape[1] / width), axis: 2)
    }

    private func modulated(_ x: Tensor, _ shift: Tensor, _ scale: Tensor) -> Tensor { x * (1 + scale) + shift }

    /// State `net.0.proj`, `net.2`.
    private final class FeedForward: Sendable {
        private let expansion: Linear
        private let contraction: Linear

        init(_ scope: ParameterScope, width: Int) {
            expansion = Linear(scope["net"][0]["proj"], inputs: width, outputs: 4 * width)
            contraction = Linear(scope["net"][2], inputs: 4 * width, outputs: width)
        }

        func callAsFunction(_ x: Tensor) -> Tensor { contraction(expansion(x, activation: .geluTanh)) }
    }
}

/// Attention of a picture's and a text's tokens among all of them: state `to_q`, `to_k`, `to_v`, `to_out.0`, `norm_q`, `norm_k`, and for the
/// text `add_q_proj`, `add_k_proj`, `add_v_proj`, `to_add_out`, `norm_added_q`, `norm_added_k`.
final class JointAttention: Sendable {
    /// What becomes of the text.
    enum Text { case none, read, readAndWritten }

    /// Queries, keys and values of one kind of tokens.
    private struct Side {
        var query: Linear
        var key: Linear
        var value: Linear
        var queryNorm: RMSNorm?
        var keyNorm: RMSNorm?
    }

    private let heads: Int
    private let picture: Side
    private let text: Side?
    private let output: Linear
    private let textOutput: Linear?

    init(_ scope: ParameterScope, _ configuration: MMDiTConfiguration, text: Text) {
        let width = configuration.width
        heads = configuration.heads
        func side(_ names: [String], _ norms: [String]) -> Side {
            let layers = names.map { Linear(scope[$0], inputs: width, outputs: width) }
            let own = configuration.normalisesQueries ? norms.map { RMSNorm(scope[$0], width: configuration.headWidth) } : []
            return Side(query: layers[0], key: layers[1], value: layers[2], queryNorm: own.first, keyNorm: own.last)
        }
        picture = side(["to_q", "to_k", "to_v"], ["norm_q", "norm_k"])
        self.text =
            text == .none
            ? nil : side(["add_q_proj", "add_k_proj", "add_v_proj"], ["norm_added_q", "norm_added_k"])
        output = Linear(scope["to_out"][0], inputs: width, outputs: width)
        textOutput = text == .readAndWritten ? Linear(scope["to_add_out"], inputs: width, outputs: width) : nil
    }

    /// The tokens after attention; of the text nil where nobody reads them.
    func callAsFunction(_ x: Tensor, _ y: Tensor?) -> (Tensor, Tensor?) {
        var parts = projected(x, picture)
        if let y, let text { parts = zip(parts, projected(y, text)).map { .concatenated([$0, $1], axis: 1) } }
        let attended = merged(
            Tensor.attention(query: parts[0], key: parts[1], value: parts[2]).converted(to: x.dtype), batch: x.shape[0])
        let own = output(attended.sliced(axis: 1, from: 0, count: x.shape[1]))
        guard let y, let textOutput else { return (own, nil) }
        return (own, textOutput(attended.sliced(axis: 1, from: x.shape[1], count: y.shape[1])))
    }

    private func projected(_ x: Tensor, _ side: Side) -> [Tensor] {
        let query = split(side.query(x))
        let key = split(side.key(x))
        return [side.queryNorm.map { $0(query) } ?? query, side.keyNorm.map { $0(key) } ?? key, split(side.value(x))]
    }

    private func split(_ x: Tensor) -> Tensor {
        let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2])
        return x.reshaped(to: [batch, length, heads, width / heads]).permuted([0, 2, 1, 3])
            .reshaped(to: [batch * heads, length, width / heads])
    }

    private func merged(_ x: Tensor, batch: Int) -> Tensor {
        let (length, width) = (x.shape[1], x.shape[2])
        return x.reshaped(to: [batch, heads, length, width]).permuted([0, 2, 1, 3])
            .reshaped(to: [batch, length, heads * width])
    }
}
