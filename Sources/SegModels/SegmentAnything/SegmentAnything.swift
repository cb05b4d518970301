public import TensorCore

/// The Segment Anything Model (Kirillov et al. 2023): an image is embedded once, and any number of prompts decoded from that.
///
/// State dict as the published `sam_vit_{b,l,h}` and `mobile_sam` files: `image_encoder`, `prompt_encoder`, `mask_decoder`. The image
/// encoder is a value of the configuration.
public final class SegmentAnything: Module {
    public let scope: ParameterScope
    /// The shape.
    public let configuration: SAMConfiguration
    /// The type of activations.
    public let precision: Precision
    /// The SHA-256 digest of the file that the weights are from, hexadecimal; nil for a network that was not loaded.
    public let weightsSHA256: String?
    private let encoder: any SAMEncoder
    private let prompts: SAMPromptEncoder
    private let decoder: SAMMaskDecoder

    /// Means of pixels, 0 to 255.
    public static let mean: [Float] = [123.675, 116.28, 103.53]
    /// Deviations of pixels.
    public static let deviation: [Float] = [58.395, 57.12, 57.375]

    /// Registers the network.
    ///
    /// - Precondition: the configuration is valid (``SAMConfiguration/validate(source:)``).
    public convenience init(_ scope: ParameterScope, _ configuration: SAMConfiguration, precision: Precision = .float32) {
        self.init(scope, configuration, precision: precision, weightsSHA256: nil)
    }

    init(_ scope: ParameterScope, _ configuration: SAMConfiguration, precision: Precision, weightsSHA256: String?) {
        let problem = configuration.problem
        precondition(problem == nil, "SegmentAnything: \(problem ?? "")")
        self.scope = scope
        self.configuration = configuration
        self.precision = precision
        self.weightsSHA256 = weightsSHA256
        encoder = configuration.encoder.shape.makeEncoder(
            scope["image_encoder"], imageSize: configuration.imageSize, channels: configuration.channels)
        prompts = SAMPromptEncoder(scope["prompt_encoder"], configuration)
        decoder = SAMMaskDecoder(scope["mask_decoder"], configuration)
    }

    /// Embeds a photo.
    ///
    /// - Parameters:
    ///   - pixels: the photo resized to ``SAMFrame/resized``, `[h, w, 3]` or `[1, h, w, 3]`, 0 to 255, any type. The reference
    ///     resizes with PIL's bilinear filter.
    ///   - original: the photo's own size, which prompts and masks have.
    /// - Precondition: the size of `pixels` is the frame's.
    public func embed(_ pixels: Tensor, original: Size2D) -> SAMEmbedding {
        let frame = SAMFrame(original: original, side: configuration.imageSize)
        let image = pixels.rank == 3 ? pixels.expanded(at: 0) : pixels
        let expected: Shape = [1, frame.resized.height, frame.resized.width, 3]
        precondition(image.shape == expected, "SegmentAnything: pixels \(image.shape), expected \(expected)")
        let numbers = image.converted(to: .float32)
        let mean = Tensor(Self.mean, shape: [3], beside: numbers)
        let deviation = Tensor(Self.deviation, shape: [3], beside: numbers)
        let insets = EdgeInsets2D(bottom: frame.side - frame.resized.height, right: frame.side - frame.resized.width)
        let normalised = (numbers - mean) / deviation
        return SAMEmbedding(map: encoded(insets == 0 ? normalised : normalised.padded(by: insets)), frame: frame)
    }

    /// The map of normalised, padded images `[N, side, side, 3]`: `[N, grid, grid, channels]`.
    public func encoded(_ images: Tensor) -> Tensor { encoder(images.converted(to: precision.activations)) }

    /// What a prompt is given as its mask where a mask is known that no run has made.
    ///
    /// - Parameters:
    ///   - mask: how much of every pixel of the photo belongs to it, `[1, H, W, 1]`, 0 to 1.
    ///   - frame: the photo's sizes.
    ///   - logit: of what belongs to the mask as a whole; what does not at all, as the padding, has its negative, and between the
    ///     two the logit is linear.
    /// - Returns: `[4 grid, 4 grid]`.
    /// - Precondition: the mask has the photo's size.
    public func maskPrompt(_ mask: Tensor, in frame: SAMFrame, logit: Float) -> Tensor {
        let expected: Shape = [1, frame.original.height, frame.original.width, 1]
        precondition(mask.shape == expected, "SegmentAnything: a mask \(mask.shape), expected \(expected)")
        let insets = EdgeInsets2D(bottom: frame.side - frame.resized.height, right: frame.side - frame.resized.width)
        let resized = mask.converted(to: .float32).resized(to: frame.resized, .area)
        let square = insets == 0 ? resized : resized.padded(by: insets)
        let side = 4 * configuration.grid
        return (square.resized(to: Size2D(side), .area) * 2 - 1).reshaped(to: [side, side]) * logit
    }

    /// Masks for prompts of one image.
    ///
    /// - Parameters:
    ///   - embedding: the image.
    ///   - prompts: are decoded together where they have equally many tokens and all or none have masks, else one by one.
    ///   - multimask: three masks a prompt, for prompts such as one point, in place of one.
    /// - Precondition: there is a prompt, and masks have the size of ``SAMMasks/lowResolution``.
    public func masks(_ embedding: SAMEmbedding, _ prompts: [SAMPrompt], multimask: Bool) -> SAMMasks {
        precondition(!prompts.isEmpty, "SegmentAnything: no prompt")
        let tokens = prompts.map { $0.tokens(in: embedding.frame) }
        let isUniform = Set(tokens.map(\.count)).count == 1 && Set(prompts.map { $0.mask != nil }).count == 1
        let groups = isUniform ? [Array(prompts.indices)] : prompts.indices.map { [$0] }
        let places = self.prompts.positions()
        let parts = groups.map { group in
            let masks = group.compactMap { prompts[$0].mask }
            let decoded = decoder(
                image: embedding.map, places: places, sparse: self.prompts.sparse(group.map { tokens[$0] }),
                dense: self.prompts.dense(masks.isEmpty ? nil : Tensor.stacked(masks)))
            return decoded
        }
        let (first, count) = multimask ? (1, SAMMaskDecoder.maskCount - 1) : (0, 1)
        func chosen(_ parts: [Tensor]) -> Tensor {
            let all = parts.count == 1 ? parts[0] : Tensor.concatenated(parts, axis: 0)
            return all.sliced(axis: 1, from: first, count: count).converted(to: .float32)
        }
        return SAMMasks(
            lowResolution: chosen(parts.map(\.masks)), qualities: chosen(parts.map(\.qualities)), frame: embedding.frame)
    }
}
