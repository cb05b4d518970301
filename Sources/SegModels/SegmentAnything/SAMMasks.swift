public import TensorCore

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

    /// The masks of one prompt.
    ///
    /// - Precondition: there is such a prompt.
    public subscript(_ prompt: Int) -> SAMMasks {
        SAMMasks(
            lowResolution: lowResolution.sliced(axis: 0, from: prompt, count: 1),
            qualities: qualities.sliced(axis: 0, from: prompt, count: 1), frame: frame)
    }

    /// The logits of one mask of one prompt, in the photo's size, row by row.
    func logits(prompt: Int, mask: Int) -> [Float] {
        let one = self[prompt]
        return SAMMasks(
            lowResolution: one.lowResolution.sliced(axis: 1, from: mask, count: 1),
            qualities: one.qualities.sliced(axis: 1, from: mask, count: 1), frame: frame
        ).logits().scalars
    }

    /// Of every prompt the mask whose predicted IoU is highest, of equals the first.
    public func surest() -> SAMMasks {
        let (prompts, count) = (qualities.shape[0], qualities.shape[1])
        let best = qualities.detached().argMax(axis: 1).integers
        let rows = Tensor((0..<prompts).map { Int64($0 * count) + best[$0] }, shape: [prompts], beside: qualities)
        func chosen(_ x: Tensor) -> Tensor {
            let shape = Array(x.shape)
            let flat = x.reshaped(to: Shape([prompts * count] + shape.dropFirst(2)))
            return flat.gathered(at: rows).reshaped(to: Shape([prompts, 1] + shape.dropFirst(2)))
        }
        return SAMMasks(lowResolution: chosen(lowResolution), qualities: chosen(qualities), frame: frame)
    }
}
