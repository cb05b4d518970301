internal import TensorCore

/// SCM (section 3.3.3, equations 15-17): features modulated by spatial conditions and by an embedding.
///
/// `c~ = concat(c, x)`; `gamma, beta = conv(c~)`; `f^ = (1 + gamma) * AdaIN(f, e) + beta` with
/// `AdaIN(f, e) = (1 + s(e)) * (f - mean f) / std f + b(e)`. The convolution is linear in `c~`, so the part of the query's
/// conditions is computed once (``condition(_:)``) and only `x`'s is left for every step. With no condition channels and
/// the error map as `x` this is also the quality branch's second modulation (equation 20).
final class SelfConditionedModulation: Module {
    let scope: ParameterScope
    private let conv: Conv2d
    private let embed: Linear
    private let conditionChannels: Int
    private let addsOne: Bool

    init(_ scope: ParameterScope, channels: Int, conditionChannels: Int, _ configuration: UQDDConfiguration) {
        self.scope = scope
        self.conditionChannels = conditionChannels
        addsOne = configuration.modulation == .residual
        conv = Conv2d(
            scope["conv"], inputChannels: conditionChannels + 1, outputChannels: 2 * channels, kernelSize: 3,
            ConvolutionOptions(padding: 1), initializer: .zeros)
        embed = Linear(scope["embed"], inputs: configuration.embedding, outputs: 2 * channels, initializer: .zeros)
        if !addsOne, let bias = conv.bias {
            bias.value = .concatenated([Tensor(ones: [channels]), Tensor(zeros: [channels])], axis: 0)
        }
    }

    /// The part of the convolution that the conditions `[N, h, w, K]` determine, bias included: `[N, h, w, 2C]`.
    func condition(_ c: Tensor) -> Tensor {
        let weight = conv.weight.value.sliced(axis: 1, from: 0, count: conditionChannels)
        return c.conv2d(weight: weight, bias: conv.bias?.value, ConvolutionOptions(padding: 1))
    }

    /// Modulates `f [N, h, w, C]`.
    ///
    /// - Parameters:
    ///   - x: the noisy mask (or the error map) at the level's size, `[N, h, w, 1]`.
    ///   - embedding: `[N, E]`, after SiLU.
    ///   - conditions: ``condition(_:)`` of the level, for as many images as `f` has or one for all; nil where there are none.
    func callAsFunction(_ f: Tensor, x: Tensor, embedding: Tensor, conditions: Tensor?) -> Tensor {
        let weight = conv.weight.value
        let own = conditionChannels == 0 ? weight : weight.sliced(axis: 1, from: conditionChannels, count: 1)
        let base = conditions ?? conv.bias?.value ?? Tensor(repeating: 0, shape: [2 * f.shape[3]], beside: f)
        return f.spatiallyModulated(style: embed(embedding), signal: x, weight: own, base: base, addingOne: addsOne)
    }
}
