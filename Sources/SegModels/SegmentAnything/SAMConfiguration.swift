/// The shape of a Segment Anything network (Kirillov et al. 2023).
public struct SAMConfiguration: Sendable, Hashable {
    /// The image encoder.
    public var encoder: SAMEncoderConfiguration
    /// Side of the square that images are padded to, in pixels.
    public var imageSize: Int
    /// Channels of the embedding, of prompts and of the decoder.
    public var channels: Int
    /// Heads of the decoder.
    public var decoderHeads: Int
    /// Hidden channels of the decoder's feed-forward parts.
    public var decoderHidden: Int
    /// Hidden channels of the head that predicts the IoU.
    public var qualityHidden: Int

    /// Makes a configuration; what is not given is as published.
    public init(
        encoder: SAMEncoderConfiguration, imageSize: Int = 1024, channels: Int = 256, decoderHeads: Int = 8,
        decoderHidden: Int = 2048, qualityHidden: Int = 256
    ) {
        self.encoder = encoder
        self.imageSize = imageSize
        self.channels = channels
        self.decoderHeads = decoderHeads
        self.decoderHidden = decoderHidden
        self.qualityHidden = qualityHidden
    }

    /// SAM ViT-B.
    public static let base = SAMConfiguration(
        encoder: .vit(SAMViT(width: 768, depth: 12, heads: 12, globalBlocks: [2, 5, 8, 11])))
    /// SAM ViT-L.
    public static let large = SAMConfiguration(
        encoder: .vit(SAMViT(width: 1024, depth: 24, heads: 16, globalBlocks: [5, 11, 17, 23])))
    /// SAM ViT-H.
    public static let huge = SAMConfiguration(
        encoder: .vit(SAMViT(width: 1280, depth: 32, heads: 16, globalBlocks: [7, 15, 23, 31])))
    /// MobileSAM (Zhang et al. 2023): a small encoder with the decoder of SAM.
    public static let mobile = SAMConfiguration(encoder: .tinyViT(SAMTinyViT()))

    /// Places of the embedding along a side.
    public var grid: Int { imageSize / max(encoder.shape.stride, 1) }

    /// Refuses values that make no network.
    ///
    /// - Parameter source: where they are from, for the message.
    /// - Throws: ``SAMError/configuration(source:reason:)`` with what was found and what was expected.
    public func validate(source: String) throws(SAMError) {
        if let reason = problem { throw .configuration(source: source, reason: reason) }
    }

    /// What is wrong with the values, nil for nothing.
    var problem: String? {
        guard (1...65536).contains(imageSize) else { return "imageSize \(imageSize), expected 1...65536" }
        if let reason = encoder.shape.problem(imageSize: imageSize) { return "encoder: \(reason)" }
        let numbers = [
            ("channels", channels), ("decoderHeads", decoderHeads), ("decoderHidden", decoderHidden),
            ("qualityHidden", qualityHidden),
        ]
        for (name, value) in numbers where !(1...65536).contains(value) { return "\(name) \(value), expected 1...65536" }
        // Upscaling halves the channels three times, and cross attention works on half of them.
        guard channels % 8 == 0, channels / 2 % decoderHeads == 0 else {
            return "channels \(channels), expected a multiple of 8 and of twice the \(decoderHeads) heads of the decoder"
        }
        return nil
    }
}
