internal import Datasets
internal import TensorCore

/// One ControlNet at work in one picture.
struct ControlledStep {
    /// A network, with what is the same at every step.
    enum Network {
        /// The picture's features, and how much of each of its own is added.
        case unet(ControlNet, hint: Tensor, strengths: [Float])
        /// The picture's latent.
        case transformer(MMDiTControlNet, hint: Tensor)
    }

    let control: TextToImageRequest.Control
    let network: Network
    let isGuessing: Bool

    init(
        _ control: TextToImageRequest.Control, _ model: TextToImage, _ size: Size2D, _ request: TextToImageRequest
    ) throws {
        let count = model.controlNets.count + model.transformerControlNets.count
        guard (0..<count).contains(control.network) else {
            throw TextToImageError.request(
                key: "controls", found: "network \(control.network + 1)",
                expected: count == 0 ? "no control, as the model has no ControlNet" : "1...\(count)")
        }
        guard control.strength.isFinite, (-100...100).contains(control.strength) else {
            throw TextToImageError.request(key: "controls.strength", found: "\(control.strength)", expected: "-100...100")
        }
        self.control = control
        isGuessing = request.isGuessing
        let picture = TextToImage.tensor(control.picture, size, beside: model.denoiser.parameters[0].value)
        let dtype = model.precision.activations
        if model.controlNets.isEmpty {
            guard !isGuessing else {
                throw TextToImageError.request(
                    key: "isGuessing", found: "true", expected: "false, as version 3 knows no guess mode")
            }
            let own = model.transformerControlNets[control.network]
            // The middle of what the picture may be: the reference draws from it, with a generator of its own.
            let latent = try model.encoded(picture.affine(scale: 2, shift: -1), size, request.tiling).mean
            let scale = model.autoencoder.configuration.scale
            let shift = own.configuration.zeroesVector ? 0 : model.autoencoder.configuration.shift
            network = .transformer(own, hint: latent.affine(scale: scale, shift: -shift * scale).converted(to: dtype))
            return
        }
        let own = model.controlNets[control.network]
        network = .unet(
            own, hint: own.embedded(picture.converted(to: dtype)),
            strengths: isGuessing ? own.fading(control.strength) : [control.strength])
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
        let output = answer(x, batch, times, index, count).converted(to: .float32)
        guard let factor else { return output }
        let parts = output.split([1, 1], axis: 0)
        return parts[0].scaled(by: 1 - factor, adding: parts[1], scaledBy: factor)
    }

    private func answer(_ x: Tensor, _ batch: Tensor, _ times: [Float], _ index: Int, _ count: Int) -> Tensor {
        guard let transformer = model.denoiser as? MMDiT, let pooled = prompts.pooled else {
            return model.denoiser.answer(
                batch, timesteps: times, prompts: prompts, residuals: residuals(x, batch, times, index, count))
        }
        var sum: [Tensor] = []
        for step in controls where step.control.acts(at: index, of: count) {
            guard case .transformer(let network, let hint) = step.network else { continue }
            let own = network(
                batch, timesteps: times, context: prompts.context, pooled: pooled, picture: hint, strength: step.control.strength,
                beside: transformer)
            sum = sum.isEmpty ? own : zip(sum, own).map { $0 + $1 }
        }
        return transformer(batch, timesteps: times, context: prompts.context, pooled: pooled, residuals: sum)
    }

    private func residuals(
        _ x: Tensor, _ batch: Tensor, _ times: [Float], _ index: Int, _ count: Int
    ) -> LatentUNet.Residuals? {
        var sum: LatentUNet.Residuals?
        for step in controls where step.control.acts(at: index, of: count) {
            guard case .unet(let network, let hint, let strengths) = step.network else { continue }
            let own: LatentUNet.Residuals
            if step.isGuessing && factor != nil {
                let prompt = prompts.part(1).context
                let half = network.residuals(
                    x, timesteps: [times[0]], context: prompt, hint: hint, strengths: strengths)
                own = LatentUNet.Residuals(skips: half.skips.map(Self.afterZeros), middle: Self.afterZeros(half.middle))
            } else {
                own = network.residuals(
                    batch, timesteps: times, context: prompts.context, hint: hint, strengths: strengths)
            }
            sum = sum.map { $0 + own } ?? own
        }
        return sum
    }

    /// Nothing for the negative prompt, all for the prompt.
    private static func afterZeros(_ x: Tensor) -> Tensor { .concatenated([x.zerosLike(), x], axis: 0) }
}
