internal import Diffusion
internal import TensorCore

/// Stable Diffusion 1.5 at 512 px: what the denoiser and a ControlNet say to one latent, without and with the prompt. The picture's
/// features are made anew in every step, as the twin makes them, though a whole generation needs them once.
struct ControlledStep: Workload {
    private let unet: LatentUNet
    private let control: ControlNet
    private let latent: Tensor
    private let context: Tensor
    private let picture: Tensor

    init(_ inputs: Inputs, _ precision: Precision) throws {
        unet = try LatentUNet(ParameterScope(.loading), UNetConfiguration())
        try unet.load(inputs.weights("unet"), options: .keepsStoredTypes)
        control = try ControlNet(ParameterScope(.loading), ControlNetConfiguration())
        try control.load(inputs.weights("controlnet"), options: .keepsStoredTypes)
        latent = try inputs.activations("latent", precision)
        context = try inputs.activations("context", precision)
        picture = try inputs.activations("picture", precision)
    }

    func outputs() -> StateDict { results(["y": answer()]) }
    func run() { _ = answer() }

    private func answer() -> Tensor {
        withoutGradients {
            let times = [Float](repeating: 501, count: latent.shape[0])
            let residuals = control(latent, timesteps: times, context: context, picture: picture)
            return unet(latent, timesteps: times, context: context, residuals: residuals)
        }
    }
}

/// Stable Diffusion 3.5 Medium at 512 px: what the transformer says to one latent, without and with the prompt.
struct TransformerStep: Workload {
    private let network: MMDiT
    private let latent: Tensor
    private let context: Tensor
    private let pooled: Tensor

    init(_ inputs: Inputs, _ precision: Precision) throws {
        network = try MMDiT(ParameterScope(.loading), .medium)
        try network.load(inputs.weights("transformer"), options: .keepsStoredTypes)
        latent = try inputs.activations("latent", precision)
        context = try inputs.activations("context", precision)
        pooled = try inputs.activations("pooled", precision)
    }

    func outputs() -> StateDict { results(["y": answer()]) }
    func run() { _ = answer() }

    private func answer() -> Tensor {
        withoutGradients {
            let times = [Float](repeating: 501, count: latent.shape[0])
            return network(latent, timesteps: times, context: context, pooled: pooled)
        }
    }
}

/// Stable Diffusion's autoencoder: a latent to a picture of 512 px.
struct Decoding: Workload {
    private let network: LatentAutoencoder
    private let latent: Tensor

    init(_ inputs: Inputs, _ precision: Precision) throws {
        network = try LatentAutoencoder(ParameterScope(.loading), AutoencoderConfiguration())
        try network.load(inputs.weights("vae"), options: .keepsStoredTypes)
        latent = try inputs.activations("latent", precision)
    }

    func outputs() -> StateDict { results(["y": withoutGradients { network.decoded(latent) }]) }
    func run() { _ = withoutGradients { network.decoded(latent) } }
}
