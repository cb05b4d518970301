internal import Datasets
internal import Diffusion
internal import SegModels
internal import TensorCore

/// What denoiser and ControlNet are trained with: noisy latents of scenes, captions, and what the denoiser should answer.
struct LatentTask: Sendable {
    /// A batch.
    struct Batch {
        var places: [Int]
        /// `[N, h, w, C]`.
        var noisy: Tensor
        var timesteps: [Float]
        /// The velocity of Salimans and Ho (2022): `sqrt(abar) noise - sqrt(1 - abar) clean`.
        var target: Tensor
        /// A row of tokens a caption.
        var tokens: [[Int]]
    }

    let scenes: CaptionedScenes
    let latents: SceneLatents
    let tokenizer: CLIPTokenizer
    let shape: MiniatureShape
    let training: MiniatureTraining

    /// How miniatures are trained; DDIM leads them unless another scheduler is asked for.
    static var schedule: SchedulerSettings {
        var settings = SchedulerSettings(.ddim)
        settings.prediction = .velocity
        return settings
    }

    private static let alphas = schedule.schedule.alphasCumulative

    /// Draws a batch, or a shard of one; some captions are empty, so that guidance has something to start from.
    func batch(_ random: inout TorchRandom) -> Batch {
        let places = (0..<training.shardSize).map { _ in random.integer(below: scenes.scenes.count) }
        let clean = latents.sample(places, &random)
        let noise = random.normal(shape: clean.shape).placed(beside: clean)
        let times = places.map { _ in random.integer(below: Self.alphas.count) }
        let captions = places.map { place in
            let text = scenes.caption(of: scenes.scenes[place], &random)
            return random.uniform() < training.captionDropout ? "" : text
        }
        func column(_ value: (Double) -> Double) -> Tensor {
            Tensor(times.map { Float(value(Self.alphas[$0]).squareRoot()) }, shape: [times.count, 1, 1, 1], beside: clean)
        }
        let (signal, level) = (column { $0 }, column { 1 - $0 })
        return Batch(
            places: places, noisy: signal * clean + level * noise, timesteps: times.map { Float($0) },
            target: signal * noise - level * clean, tokens: captions.map(tokens))
    }

    private func tokens(_ caption: String) -> [Int] {
        tokenizer.sequence(of: caption, length: shape.textContext, padding: tokenizer.vocabulary.endToken).tokens
    }
}

/// Trains a miniature's denoiser together with its text tower.
struct DenoiserLearner: Learner {
    let unet: LatentUNet
    let tower: CLIPTextTower
    let task: LatentTask
    let precision: Precision
    let settings: any Encodable

    var parameters: [Parameter] { unet.parameters + tower.parameters }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = task.batch(&random)
        let states = tower(batch.tokens).last.converted(to: precision.activations)
        let answer = unet(batch.noisy.converted(to: precision.activations), timesteps: batch.timesteps, context: states)
        return StepLoss(answer.converted(to: .float32).meanSquaredError(target: batch.target))
    }
}
