public import Datasets
public import Diffusion
internal import TensorCore

/// Stable Diffusion with a ControlNet, the generator of DifFSS: version 1 as in the paper, or 3 and 3.5.
public struct ControlledDiffusion: AuxiliaryGenerator {
    /// The model.
    public let model: TextToImage
    /// The scheduler: DDIM without noise in DifFSS, Euler's method for models of flow matching.
    public let scheduler: SchedulerKind
    public let identity: String

    /// Makes a generator; the weights are read once for its identity.
    ///
    /// - Parameters:
    ///   - model: with a ControlNet of its version.
    ///   - scheduler: nil for DDIM, and for Euler's method of flow matching where the model was trained for it.
    /// - Throws: `TextToImageError` for a model without a ControlNet or with several, and for text encoders that cannot be opened any more.
    public init(_ model: TextToImage, scheduler: SchedulerKind? = nil) throws {
        let count = model.controlNets.count + model.transformerControlNets.count
        guard count == 1 else {
            throw TextToImageError.architecture(
                file: model.name, found: "\(count) ControlNets",
                expected: "one, which is shown the support's layout",
                advice: "name the ControlNet of the control (--controlnet)")
        }
        self.model = model
        let kind = scheduler ?? (model.schedule.kind == .flowEuler ? .flowEuler : .ddim)
        self.scheduler = kind
        // Whether a ControlNet of version 3 is shown the text's own vector is no matter of its weights.
        let reading = model.transformerControlNets.map { "zeroes the vector: \($0.configuration.zeroesVector)" }
        let parts = [try model.digest, "\(model.schedule)", model.precision.rawValue, kind.rawValue] + reading
        identity = "controlled diffusion 1 \(model.name) \(contentDigest(parts).prefix(24))"
    }

    /// The shorter side of the pictures that the model was trained on, where its configuration says it.
    public var nativeSide: Int? { model.nativeSize.map { min($0.height, $0.width) } }

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
