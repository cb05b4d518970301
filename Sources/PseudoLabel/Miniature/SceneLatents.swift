internal import Diffusion
internal import TensorCore

/// The latents of all scenes: what a trained autoencoder makes of them, computed once.
struct SceneLatents: Sendable {
    /// `[N, h, w, C]`.
    private let mean: Tensor
    private let logVariance: Tensor
    /// What latents are multiplied by, so that they have unit variance (Rombach et al. 2022, appendix G).
    let scale: Float

    /// Encodes the scenes.
    init(_ scenes: CaptionedScenes, _ autoencoder: LatentAutoencoder) throws {
        let batch = 32
        var parts: [LatentAutoencoder.Distribution] = []
        for start in stride(from: 0, to: scenes.scenes.count, by: batch) {
            try Task.checkCancellation()
            let images = scenes.scenes[start..<min(start + batch, scenes.scenes.count)].map(\.image)
            let pictures = MiniaturePictures.tensor(images).placed(beside: autoencoder.parameters[0].value)
            parts.append(withoutGradients { autoencoder.encoded(pictures) })
        }
        mean = .concatenated(parts.map(\.mean), axis: 0)
        logVariance = .concatenated(parts.map(\.logVariance), axis: 0)
        let average = mean.mean()
        let centred = mean - average
        scale = 1 / max((centred * centred).mean().scalars[0].squareRoot(), 1e-6)
    }

    /// Latents of the scenes at `places`, drawn and scaled for the denoiser.
    func sample(_ places: [Int], _ random: inout TorchRandom) -> Tensor {
        let rows = Tensor(places.map { Int64($0) }, shape: [places.count], beside: mean)
        let own = LatentAutoencoder.Distribution(mean: mean.gathered(at: rows), logVariance: logVariance.gathered(at: rows))
        return own.sample(random.normal(shape: own.mean.shape).placed(beside: mean)) * scale
    }
}
