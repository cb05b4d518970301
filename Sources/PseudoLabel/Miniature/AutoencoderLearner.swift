internal import Datasets
internal import Diffusion
internal import TensorCore

/// Trains a miniature's autoencoder: the absolute error of the picture and of its differences between neighbours, which keeps textures
/// sharp where Stable Diffusion has a perceptual loss and a discriminator, and a small pull of the latents towards a standard normal
/// distribution (Rombach et al. 2022, section 3.1, "KL-reg").
struct AutoencoderLearner: Learner {
    /// The name of the picture's mean absolute error in levels of 0...255.
    static let error = "error"

    let autoencoder: LatentAutoencoder
    let scenes: CaptionedScenes
    let training: MiniatureTraining
    let precision: Precision
    let settings: any Encodable

    var parameters: [Parameter] { autoencoder.parameters }

    init(_ autoencoder: LatentAutoencoder, _ scenes: CaptionedScenes, _ plan: MiniaturePlan) {
        (self.autoencoder, self.scenes, training) = (autoencoder, scenes, plan.settings.training)
        (precision, settings) = (plan.precision, plan.deciding)
    }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let images = (0..<training.shardSize).map { _ in scenes.scenes[random.integer(below: scenes.scenes.count)].image }
        let pictures = MiniaturePictures.tensor(images).placed(beside: parameters[0].value)
        let found = autoencoder.encoded(pictures.converted(to: precision.activations))
        let distribution = LatentAutoencoder.Distribution(
            mean: found.mean.converted(to: .float32), logVariance: found.logVariance.converted(to: .float32))
        let noise = random.normal(shape: distribution.mean.shape).placed(beside: pictures)
        let latent = distribution.sample(noise).converted(to: precision.activations)
        let output = autoencoder.decoded(latent).converted(to: .float32)
        let error = output.meanAbsoluteError(target: pictures)
        let edges = [1, 2].map { axis in
            Self.difference(output, axis).meanAbsoluteError(target: Self.difference(pictures, axis))
        }
        let divergence = Self.divergence(distribution) * training.divergenceWeight
        return StepLoss(error + edges[0] + edges[1] + divergence, metrics: [Self.error: error * 127.5])
    }

    private static func difference(_ x: Tensor, _ axis: Int) -> Tensor {
        let count = x.shape[axis] - 1
        return x.sliced(axis: axis, from: 1, count: count) - x.sliced(axis: axis, from: 0, count: count)
    }

    /// The Kullback-Leibler divergence from a standard normal distribution, a mean over the latents' numbers.
    private static func divergence(_ found: LatentAutoencoder.Distribution) -> Tensor {
        let spread = found.logVariance.exp() - found.logVariance
        return ((found.mean * found.mean + spread).mean() - 1) * 0.5
    }
}

/// Pictures as tensors.
enum MiniaturePictures {
    /// `[N, H, W, 3]` in -1...1.
    static func tensor(_ images: [RGBImage]) -> Tensor {
        Tensor.concatenated(images.map { $0.tensor() }, axis: 0).converted(to: .float32).affine(scale: 1 / 127.5, shift: -1)
    }

    /// `[N, H, W, 3]` in 0...1, as ControlNets read them.
    static func hints(_ images: [RGBImage]) -> Tensor {
        Tensor.concatenated(images.map { $0.tensor() }, axis: 0).converted(to: .float32).affine(scale: 1 / 255, shift: 0)
    }
}
