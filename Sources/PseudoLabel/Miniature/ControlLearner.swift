internal import Datasets
internal import Diffusion
internal import SegModels
internal import TensorCore

/// Trains a miniature's ControlNet; denoiser and text tower stay as they are, or learn along with it.
///
/// Zhang et al. (2023) lock a denoiser that has seen billions of pictures. A miniature's has seen a few hundred thousand small ones and still
/// learns, so that it learns along by default (their repository's `sd_locked = False`); pictures follow layouts either way.
struct ControlLearner: Learner {
    let control: ControlNet
    let unet: LatentUNet
    let tower: CLIPTextTower
    let task: LatentTask
    let precision: Precision
    let settings: any Encodable
    /// Draws what the ControlNet is shown of a scene.
    let hint: @Sendable (CaptionedScenes.Scene, inout TorchRandom) throws -> RGBImage

    private var training: MiniatureTraining { task.training }

    /// What is not frozen.
    var parameters: [Parameter] { (control.parameters + unet.parameters + tower.parameters).filter(\.isTrainable) }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = task.batch(&random)
        var pictures: [RGBImage] = []
        for place in batch.places { pictures.append(try hint(task.scenes.scenes[place], &random)) }
        let type = precision.activations
        let states = tower(batch.tokens).last.converted(to: type)
        let noisy = batch.noisy.converted(to: type)
        let shown = MiniaturePictures.hints(pictures).placed(beside: noisy).converted(to: type)
        let added = control(noisy, timesteps: batch.timesteps, context: states, picture: shown)
        let residuals = training.trainsDenoiser ? hidden(added, batch.places.count, &random) : added
        let answer = unet(noisy, timesteps: batch.timesteps, context: states, residuals: residuals)
        return StepLoss(answer.converted(to: .float32).meanSquaredError(target: batch.target))
    }

    /// Nothing added to some of the pictures, so that the denoiser still does without a ControlNet.
    private func hidden(_ added: LatentUNet.Residuals, _ count: Int, _ random: inout TorchRandom) -> LatentUNet.Residuals {
        let shown: [Float] = (0..<count).map { _ in random.uniform() < training.hintDropout ? 0 : 1 }
        let mask = Tensor(shown, shape: [count, 1, 1, 1], beside: added.middle).converted(to: added.middle.dtype)
        return LatentUNet.Residuals(skips: added.skips.map { $0 * mask }, middle: added.middle * mask)
    }
}
