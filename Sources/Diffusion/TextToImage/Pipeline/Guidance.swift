internal import Datasets
internal import TensorCore

/// One ControlNet at work in one picture.
struct ControlledStep {
    let control: TextToImageRequest.Control
    let network: ControlNet
    /// The picture's features, which are the same at every step.
    let hint: Tensor
    let strengths: [Float]
    let isGuessing: Bool

    init(
        _ control: TextToImageRequest.Control, _ model: TextToImage, _ size: Size2D, isGuessing: Bool
    ) throws(TextToImageError) {
        guard model.controlNets.indices.contains(control.network) else {
            throw .request(
                key: "controls", found: "network \(control.network + 1)",
                expected: model.controlNets.isEmpty
                    ? "no control, as the model has no ControlNet" : "1...\(model.controlNets.count)")
        }
        guard control.strength.isFinite, (-100...100).contains(control.strength) else {
            throw .request(key: "controls.strength", found: "\(control.strength)", expected: "-100...100")
        }
        self.control = control
        self.isGuessing = isGuessing
        network = model.controlNets[control.network]
        let picture = TextToImage.tensor(control.picture, size, beside: model.denoiser.parameters[0].value)
        hint = network.embedded(picture.converted(to: model.precision.activations))
        strengths = isGuessing ? network.fading(control.strength) : [control.strength]
    }
}

/// The denoiser's answers with ControlNets and classifier-free guidance (Ho and Salimans 2022).
struct Guidance {
    let model: TextToImage
    /// The prompt, before it the negative one where ``factor`` is not nil.
    let prompts: EncodedPrompts
    let factor: Float?
    let controls: [ControlledStep]

    /// The guided answer to a latent `[1, h, w, C]` in float32.
    func answer(_ latent: Tensor, timestep: Float, index: Int, of count: Int) -> Tensor {
        let x = latent.converted(to: model.precision.activations)
        let batch = factor == nil ? x : Tensor.concatenated([x, x], axis: 0)
        let times = [Float](repeating: timestep, count: batch.shape[0])
        let output = model.denoiser.answer(
            batch, timesteps: times, prompts: prompts, residuals: residuals(x, batch, times, index, count)
        ).converted(to: .float32)
        guard let factor else { return output }
        let parts = output.split([1, 1], axis: 0)
        return parts[0].scaled(by: 1 - factor, adding: parts[1], scaledBy: factor)
    }

    private func residuals(
        _ x: Tensor, _ batch: Tensor, _ times: [Float], _ index: Int, _ count: Int
    ) -> LatentUNet.Residuals? {
        var sum: LatentUNet.Residuals?
        for step in controls where step.control.acts(at: index, of: count) {
            let own: LatentUNet.Residuals
            if step.isGuessing && factor != nil {
                let prompt = prompts.part(1).context
                let half = step.network.residuals(
                    x, timesteps: [times[0]], context: prompt, hint: step.hint, strengths: step.strengths)
                own = LatentUNet.Residuals(skips: half.skips.map(Self.afterZeros), middle: Self.afterZeros(half.middle))
            } else {
                own = step.network.residuals(
                    batch, timesteps: times, context: prompts.context, hint: step.hint, strengths: step.strengths)
            }
            sum = sum.map { $0 + own } ?? own
        }
        return sum
    }

    /// Nothing for the negative prompt, all for the prompt.
    private static func afterZeros(_ x: Tensor) -> Tensor { .concatenated([x.zerosLike(), x], axis: 0) }
}
