/// The shape of a Segment Anything network (Kirillov et al. 2023).
public struct SAMConfiguration: Sendable, Hashable {
    /// Side of the square that images are padded to, in pixels.
    public var imageSize: Int
    /// Side of a patch.
    public var patch: Int
    /// Channels of the image encoder.
    public var width: Int
    /// Blocks of the image encoder.
    public var depth: Int
    /// Heads of its blocks.
    public var heads: Int
    /// The blocks that attend over the whole image; the others attend within windows.
    public var globalBlocks: [Int]
    /// Side of a window in patches.
    public var window: Int
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
        width: Int, depth: Int, heads: Int, globalBlocks: [Int], imageSize: Int = 1024, patch: Int = 16, window: Int = 14,
        channels: Int = 256, decoderHeads: Int = 8, decoderHidden: Int = 2048, qualityHidden: Int = 256
    ) {
        self.imageSize = imageSize
        self.patch = patch
        self.width = width
        self.depth = depth
        self.heads = heads
        self.globalBlocks = globalBlocks
        self.window = window
        self.channels = channels
        self.decoderHeads = decoderHeads
        self.decoderHidden = decoderHidden
        self.qualityHidden = qualityHidden
    }

    /// SAM ViT-B.
    public static let base = SAMConfiguration(width: 768, depth: 12, heads: 12, globalBlocks: [2, 5, 8, 11])
    /// SAM ViT-L.
    public static let large = SAMConfiguration(width: 1024, depth: 24, heads: 16, globalBlocks: [5, 11, 17, 23])
    /// SAM ViT-H.
    public static let huge = SAMConfiguration(width: 1280, depth: 32, heads: 16, globalBlocks: [7, 15, 23, 31])

    /// Patches along a side.
    public var grid: Int { imageSize / patch }
}
