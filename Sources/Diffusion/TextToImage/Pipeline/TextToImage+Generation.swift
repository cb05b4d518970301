public import Datasets
public import TensorCore

extension TextToImage {
    /// Makes a picture.
    ///
    /// Noise is drawn as diffusers draws it from `torch.Generator("cpu").manual_seed(seed)`. Pictures of another size than asked for
    /// are resized with antialiasing (bicubic).
    ///
    /// - Parameters:
    ///   - request: what to make.
    ///   - observe: is told after every evaluation; what it throws ends the work.
    /// - Throws: ``TextToImageError`` for a request that cannot be made and for numbers that are infinite or none;
    ///   `CancellationError` where the task is cancelled, between two evaluations.
    public func generate(
        _ request: TextToImageRequest, observe: (TextToImageProgress) throws -> Void = { _ in }
    ) throws -> TextToImageResult {
        try withoutGradients {
            let size = try size(of: request)
            try check(request)
            var settings = request.scheduler.map { schedule.led(by: $0) } ?? schedule
            settings.eta = request.eta
            var scheduler = settings.scheduler(steps: request.steps)
            var random = TorchRandom(seed: request.seed)
            let isGuided = request.guidance > 1
            let encoded = try prompts.encoded(isGuided ? [request.negativePrompt, request.prompt] : [request.prompt])
            try finite(encoded.context, "the text tower's result", nil)
            let controls = try request.controls.map { try ControlledStep($0, self, size, request) }
            let first = firstEvaluation(request, scheduler)
            var latent = try initialLatent(request, size, scheduler, first, &random)
            let guide = Guidance(
                model: self, prompts: encoded.converted(to: precision.activations), factor: isGuided ? request.guidance : nil,
                controls: controls)
            for index in first..<scheduler.timesteps.count {
                try Task.checkCancellation()
                let output = guide.answer(
                    scheduler.modelInput(latent, at: index), timestep: scheduler.timesteps[index], index: index - first,
                    of: scheduler.timesteps.count - first)
                let step = scheduler.step(output, at: index, latent, random: &random)
                latent = step.latent
                try finite(latent, "the latent", index - first)
                try observe(
                    TextToImageProgress(
                        done: index - first + 1, total: scheduler.timesteps.count - first, timestep: scheduler.timesteps[index],
                        clean: step.clean))
            }
            try Task.checkCancellation()
            return TextToImageResult(image: try decoded(latent, size, request.tiling), latent: latent, remarks: encoded.remarks)
        }
    }

    private func check(_ request: TextToImageRequest) throws(TextToImageError) {
        let limit = schedule.trainingSteps
        guard (1...limit).contains(request.steps) else {
            throw .request(key: "steps", found: "\(request.steps)", expected: "1...\(limit)")
        }
        guard request.guidance.isFinite, (0...1000).contains(request.guidance) else {
            throw .request(key: "guidance", found: "\(request.guidance)", expected: "0...1000")
        }
        guard (0...1).contains(request.strength) else {
            throw .request(key: "strength", found: "\(request.strength)", expected: "0...1")
        }
        guard (0...1).contains(request.eta) else { throw .request(key: "eta", found: "\(request.eta)", expected: "0...1") }
        guard request.eta == 0 || (request.scheduler ?? schedule.kind) == .ddim else {
            throw .request(key: "eta", found: "\(request.eta)", expected: "0, or the scheduler ddim, which alone adds noise")
        }
        let isFlow = schedule.kind == .flowEuler
        guard request.scheduler.map({ ($0 == .flowEuler) == isFlow }) ?? true else {
            throw .request(
                key: "scheduler", found: request.scheduler?.rawValue ?? "",
                expected: isFlow
                    ? "flow-euler, which the model was trained for" : "one for diffusion, as the model is none of flow matching")
        }
    }

    /// The evaluation that image-to-image begins with.
    private func firstEvaluation(_ request: TextToImageRequest, _ scheduler: any LatentScheduler) -> Int {
        guard request.image != nil else { return 0 }
        // The reference rounds the steps that are kept for diffusion, and those that are left out for flow matching.
        let kept = min(Float(request.steps) * request.strength, Float(request.steps))
        let first = schedule.kind == .flowEuler ? Int(Float(request.steps) - kept) : request.steps - Int(kept)
        return min(max(first, 0), scheduler.timesteps.count)
    }

    private func initialLatent(
        _ request: TextToImageRequest, _ size: Size2D, _ scheduler: any LatentScheduler, _ first: Int,
        _ random: inout TorchRandom
    ) throws -> Tensor {
        let sides = latentSize(size)
        let shape: Shape = [1, sides.height, sides.width, autoencoder.configuration.latentChannels]
        let table = denoiser.parameters[0].value
        guard let image = request.image else {
            return random.latentNoise(shape, beside: table) * scheduler.initialNoiseScale
        }
        let picture = Self.tensor(image, size, beside: table).affine(scale: 2, shift: -1)
        let distribution = try encoded(picture, size, request.tiling)
        let clean = autoencoder.scaled(distribution.sample(random.latentNoise(shape, beside: table)))
        try finite(clean, "the picture's latent", nil)
        guard first < scheduler.timesteps.count else { return clean }
        return scheduler.noised(clean, with: random.latentNoise(shape, beside: table), at: first)
    }

    /// What a picture in -1...1 may be as a latent, in tiles where it is large.
    func encoded(_ picture: Tensor, _ size: Size2D, _ tiling: LatentTiling?) throws -> LatentAutoencoder.Distribution {
        guard let tiling = self.tiling(size, tiling) else { return autoencoder.encoded(picture) }
        return try autoencoder.encoded(picture, tiling: tiling) { try Task.checkCancellation() }
    }

    /// A latent of the denoiser as a picture.
    ///
    /// - Throws: ``TextToImageError/notFinite(part:step:advice:)``, `CancellationError`.
    public func decoded(_ latent: Tensor, _ size: Size2D, _ tiling: LatentTiling? = nil) throws -> RGBImage {
        let own = autoencoder.unscaled(latent)
        let picture: Tensor
        if let tiling = self.tiling(size, tiling) {
            picture = try autoencoder.decoded(own, tiling: tiling) { try Task.checkCancellation() }
        } else {
            picture = autoencoder.decoded(own)
        }
        try finite(picture, "the decoded picture", nil)
        let levels = picture.affine(scale: 127.5, shift: 127.5).clamped(to: 0...255).rounded()
        let pixels = levels.converted(to: .float32).scalars.map { UInt8($0) }
        return RGBImage(height: picture.shape[1], width: picture.shape[2], pixels: pixels)
    }

    private func tiling(_ size: Size2D, _ wanted: LatentTiling?) -> LatentTiling? {
        wanted ?? (autoencoderBytes(size) > Self.automaticTilingBytes ? LatentTiling() : nil)
    }

    /// A picture of the right size in 0...1.
    static func tensor(_ image: RGBImage, _ size: Size2D, beside other: Tensor) -> Tensor {
        let fits = image.height == size.height && image.width == size.width
        let own = fits ? image : image.resized(height: size.height, width: size.width, filter: .bicubic)
        return own.tensor().placed(beside: other).converted(to: .float32) / 255
    }

    private func finite(_ tensor: Tensor, _ part: String, _ step: Int?) throws(TextToImageError) {
        // The mean of a tensor is finite exactly where all are, but for sums beyond float32, which are as bad.
        guard !tensor.mean().converted(to: .float32).scalars.allSatisfy(\.isFinite) else { return }
        let isNarrow = precision != .float32
        throw .notFinite(
            part: part, step: step,
            advice: isNarrow
                ? "try the precision float32, less guidance, or check the weights" : "try less guidance, or check the weights")
    }
}
