public import TensorCore

/// The shape of SAM's own image encoder: a plain vision transformer with windowed and global blocks (ViTDet).
public struct SAMViT: SAMEncoderShape {
    /// Channels of the blocks.
    public var width: Int
    /// Blocks.
    public var depth: Int
    /// Heads of a block.
    public var heads: Int
    /// The blocks that attend over the whole image; the others attend within windows.
    public var globalBlocks: [Int]
    /// Side of a patch in pixels.
    public var patch: Int
    /// Side of a window in patches.
    public var window: Int

    /// Makes a shape; what is not given is as published.
    public init(width: Int, depth: Int, heads: Int, globalBlocks: [Int], patch: Int = 16, window: Int = 14) {
        self.width = width
        self.depth = depth
        self.heads = heads
        self.globalBlocks = globalBlocks
        self.patch = patch
        self.window = window
    }

    public var stride: Int { patch }

    public func problem(imageSize: Int) -> String? {
        let numbers = [("width", width), ("depth", depth), ("heads", heads), ("patch", patch), ("window", window)]
        for (name, value) in numbers where !(1...65536).contains(value) { return "\(name) \(value), expected 1...65536" }
        if width % heads != 0 { return "\(heads) heads do not divide the width \(width)" }
        if imageSize % patch != 0 { return "patches of \(patch) pixels do not divide images of \(imageSize)" }
        let outside = globalBlocks.first { !(0..<depth).contains($0) }
        return outside.map { "globalBlocks has \($0), expected numbers of the \(depth) blocks from 0" }
    }

    public func makeEncoder(_ scope: ParameterScope, imageSize: Int, channels: Int) -> any SAMEncoder {
        SAMImageEncoder(scope, self, grid: imageSize / patch, channels: channels)
    }

    /// Heads are not among shapes: the width of a head is that of its table of relative positions. The window of a network without
    /// windowed blocks is as published.
    public static func detected(in weights: WeightsIndex) -> (shape: SAMViT, imageSize: Int?)? {
        func table(_ index: Int) -> String { "blocks.\(index).attn.rel_pos_h" }
        guard let positions = weights["pos_embed"], positions.rank == 4, let patches = weights["patch_embed.proj.weight"],
            patches.rank == 4, let first = weights[table(0)], first.rank == 2
        else { return nil }
        let (grid, width, patch) = (positions[1], positions[3], patches[3])
        let fits = positions[2] == grid && first[1] > 0 && width % first[1] == 0 && grid > 0 && patch > 0
        guard fits, grid <= 1024, patch <= 1024 else { return nil }
        let depth = weights.count(of: table)
        let sides = (0..<depth).map { ((weights[table($0)]?.first ?? 0) + 1) / 2 }
        let window = sides.first { $0 != grid && $0 > 0 } ?? 14
        let shape = SAMViT(
            width: width, depth: depth, heads: width / first[1], globalBlocks: sides.indices.filter { sides[$0] == grid },
            patch: patch, window: window)
        return (shape, grid * patch)
    }
}
