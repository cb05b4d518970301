public import Datasets
public import TensorCore

/// A picture to make.
public struct TextToImageRequest: Sendable {
    /// What it shows.
    public var prompt: String
    /// What it shall not show.
    public var negativePrompt: String
    /// Height and width; nil for 64 elements of the latent, 512 pixels in Stable Diffusion, or for the first picture's size.
    public var size: Size2D?
    /// Steps; one more evaluation with ``SchedulerKind/pndm``.
    public var steps: Int
    /// How much the prompt counts against the negative one; up to 1 the negative one is not looked at.
    public var guidance: Float
    /// What noise is drawn from: PyTorch's, of a generator on the CPU.
    public var seed: UInt64
    /// Which scheduler; nil for the model's own.
    public var scheduler: SchedulerKind?
    /// Noise that DDIM adds at every step: 0 for none, 1 for DDPM's.
    public var eta: Float
    /// A picture to begin from (image-to-image); nil to begin from noise.
    public var image: RGBImage?
    /// How much of ``image`` is replaced: 0 for nothing, 1 for everything.
    public var strength: Float
    /// What ControlNets are shown.
    public var controls: [Control]
    /// Whether ControlNets only act where the prompt is read, and the less the finer the features are.
    public var isGuessing: Bool
    /// Tiles of the autoencoder; nil for tiles where one piece would take more than ``TextToImage/automaticTilingBytes``.
    public var tiling: LatentTiling?

    /// What one ControlNet is shown.
    public struct Control: Sendable, Equatable {
        /// Its number among the model's ControlNets.
        public var network: Int
        /// The picture, such as scribbles or edges in white on black.
        public var picture: RGBImage
        /// What its additions are multiplied by.
        public var strength: Float
        /// The part of the steps, from 0 to 1, that it acts in.
        public var span: ClosedRange<Double>

        /// Shows a picture to a network.
        public init(_ picture: RGBImage, network: Int = 0, strength: Float = 1, span: ClosedRange<Double> = 0...1) {
            (self.picture, self.network, self.strength, self.span) = (picture, network, strength, span)
        }

        /// Whether it acts at evaluation `index` of `count`.
        func acts(at index: Int, of count: Int) -> Bool {
            let (start, end) = (Double(index) / Double(count), Double(index + 1) / Double(count))
            return start >= span.lowerBound && end <= span.upperBound
        }
    }

    /// A request.
    public init(
        _ prompt: String, negativePrompt: String = "", size: Size2D? = nil, steps: Int = 20, guidance: Float = 7.5,
        seed: UInt64 = 0, scheduler: SchedulerKind? = nil, eta: Float = 0, image: RGBImage? = nil, strength: Float = 0.8,
        controls: [Control] = [], isGuessing: Bool = false, tiling: LatentTiling? = nil
    ) {
        (self.prompt, self.negativePrompt, self.size, self.steps) = (prompt, negativePrompt, size, steps)
        (self.guidance, self.seed, self.scheduler, self.eta) = (guidance, seed, scheduler, eta)
        (self.image, self.strength, self.controls) = (image, strength, controls)
        (self.isGuessing, self.tiling) = (isGuessing, tiling)
    }
}

/// How far a picture is.
public struct TextToImageProgress: Sendable {
    /// Evaluations that are done.
    public let done: Int
    /// Evaluations in all.
    public let total: Int
    /// The timestep of the last one.
    public let timestep: Float
    /// What the network takes for the clean latent now, `[1, h, w, C]`.
    public let clean: Tensor

    /// The clean latent as a small picture, a pixel an element: rough colours, at nearly no cost.
    public func preview() -> RGBImage { LatentPreview.picture(clean) }
}

/// A picture that was made.
public struct TextToImageResult: Sendable {
    /// The picture.
    public let image: RGBImage
    /// The latent that it was decoded from, `[1, h, w, C]`, as the denoiser has it.
    public let latent: Tensor
    /// What the user should know, such as a prompt that was cut.
    public let remarks: [String]
}
