public import Datasets
public import Diffusion
internal import TensorCore

/// A text-to-image model as a generator of synthetic sets: Syn4Seg's own source of images.
public struct TextToImageGenerator: ImageGenerator {
    /// The model.
    public let model: TextToImage
    /// What all images have in common: size, steps, guidance, the negative prompt. Prompt and seed are each image's own.
    public let request: TextToImageRequest
    public let identity: String

    /// Makes a generator; the weights are read once for its identity.
    ///
    /// - Throws: `TextToImageError` for text encoders that cannot be opened any more.
    public init(_ model: TextToImage, request: TextToImageRequest = TextToImageRequest("")) throws {
        self.model = model
        self.request = request
        let size = request.size.map { "\($0.width)x\($0.height)" } ?? "own size"
        let pictures = ([request.image] + request.controls.map(\.picture)).compactMap { $0 }.map { SHA256.hex($0.pixels) }
        let controls = request.controls.map { "\($0.network) \($0.strength) \($0.span)" }
        let parts = [
            "text-to-image 1", try model.digest, "\(model.schedule)", model.precision.rawValue, size, "\(request.steps)",
            "\(request.guidance)", request.scheduler?.rawValue ?? "own scheduler", "\(request.eta)", request.negativePrompt,
            "\(request.strength)", "\(request.isGuessing)", request.tiling.map { "\($0)" } ?? "own tiles",
        ]
        identity = "text-to-image \(model.name) \(contentDigest(parts + pictures + controls).prefix(24))"
    }

    public func generate(_ request: ImageRequest) async throws -> RGBImage {
        var own = self.request
        (own.prompt, own.seed) = (request.prompt, request.seed)
        return try model.generate(own).image
    }
}
