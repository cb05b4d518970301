public import TensorCore

/// The Segment Anything Model (Kirillov et al. 2023): an image is embedded once, and any number of prompts decoded from that.
///
/// State dict as the published `sam_vit_{b,l,h}` files: `image_encoder`, `prompt_encoder`, `mask_decoder`.
public final class SegmentAnything: Module {
    public let scope: ParameterScope
    /// The shape.
    public let configuration: SAMConfiguration
    /// The type of activations.
    public let precision: Precision
    private let encoder: SAMImageEncoder
    private let prompts: SAMPromptEncoder
    private let decoder: SAMMaskDecoder

    /// Means of pixels, 0 to 255.
    public static let mean: [Float] = [123.675, 116.28, 103.53]
    /// Deviations of pixels.
    public static let deviation: [Float] = [58.395, 57.12, 57.375]

    /// Registers the network.
    ///
    /// - Precondition: the patch divides the image, and the heads the channels.
    public init(_ scope: ParameterScope, _ configuration: SAMConfiguration, precision: Precision = .float32) {
        precondition(configuration.imageSize % configuration.patch == 0, "SegmentAnything: the patch does not divide the image")
        precondition(configuration.width % configuration.heads == 0, "SegmentAnything: the heads do not divide the width")
        self.scope = scope
        self.configuration = configuration
        self.precision = precision
        encoder = SAMImageEncoder(scope["image_encoder"], configuration)
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

/// An embedded photo, for any number of prompts.
public struct SAMEmbedding: Sendable {
    /// `[1, grid, grid, channels]`.
    public let map: Tensor
    /// The photo's sizes.
    public let frame: SAMFrame

    /// Makes an embedding, for instance of a stored map.
    public init(map: Tensor, frame: SAMFrame) {
        self.map = map
        self.frame = frame
    }
}

/// The masks of prompts.
public struct SAMMasks: Sendable {
    /// Logits of the padded square, `[prompts, masks, 4 grid, 4 grid]`; a further run can be given one as its mask.
    public let lowResolution: Tensor
    /// The network's own estimate of each mask's IoU, `[prompts, masks]`.
    public let qualities: Tensor
    /// The photo's sizes.
    public let frame: SAMFrame

    /// Logits in the photo's size, `[prompts, masks, H, W]`; positive is inside.
    public func logits() -> Tensor {
        let shape = lowResolution.shape
        let flat = lowResolution.reshaped(to: [shape[0] * shape[1], shape[2], shape[3], 1])
        let square = flat.resized(to: Size2D(frame.side), .bilinear)
        let cropped = square.sliced(axis: 1, from: 0, count: frame.resized.height)
            .sliced(axis: 2, from: 0, count: frame.resized.width)
        let size = frame.original
        return cropped.resized(to: size, .bilinear).reshaped(to: [shape[0], shape[1], size.height, size.width])
    }
}
