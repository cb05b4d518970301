public import Datasets
public import Diffusion
internal import TensorCore

/// Stable Diffusion with a ControlNet, the generator of DifFSS.
public struct ControlledDiffusion: AuxiliaryGenerator {
    /// The model.
    public let model: TextToImage
    /// The scheduler; DDIM without noise in DifFSS.
    public let scheduler: SchedulerKind
    public let identity: String

    /// Makes a generator; the weights are read once for its identity.
    ///
    /// - Throws: `TextToImageError` for a model without a ControlNet, or with several.
    public init(_ model: TextToImage, scheduler: SchedulerKind = .ddim) throws(TextToImageError) {
        guard model.controlNets.count == 1 else {
            throw .architecture(
                file: model.name, found: "\(model.controlNets.count) ControlNets",
                expected: "one, which is shown the support's layout",
                advice: "load the model with the ControlNet of the control")
        }
        (self.model, self.scheduler) = (model, scheduler)
        let parts = [model.weightsDigest, "\(model.schedule)", model.precision.rawValue, scheduler.rawValue]
        identity = "controlled diffusion 1 \(model.name) \(contentDigest(parts).prefix(24))"
    }

    /// - Throws: `TextToImageError`, `CancellationError`, and what drawing the control throws.
    public func picture(_ request: AuxiliaryRequest) throws -> RGBImage? {
        let control = try request.controlPicture()
        let own = TextToImageRequest(
            request.prompt, negativePrompt: request.negativePrompt, size: Size2D(height: control.height, width: control.width),
            steps: request.steps, guidance: request.guidance, seed: request.seed, scheduler: scheduler,
            controls: [TextToImageRequest.Control(control, strength: request.strength)])
        return try model.generate(own).image
    }
}
