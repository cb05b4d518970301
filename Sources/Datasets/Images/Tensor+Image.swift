public import TensorCore

extension RGBImage {
    /// The image as `[1, H, W, 3]`, uint8, red, green, blue.
    public func tensor() -> Tensor { Tensor(pixels, shape: [1, height, width, 3]) }
}

extension BinaryMask {
    /// The mask as `[1, H, W, 1]`, float32, 0 or 1.
    public func tensor() -> Tensor { Tensor(values.map { $0 ? Float(1) : 0 }, shape: [1, height, width, 1]) }
}

extension LabelMap {
    /// One class as `[1, H, W, 2]`, float32: whether a pixel is of the class, and whether it counts (not void).
    public func target(ofClass classID: Int) -> Tensor {
        var channels = [Float](repeating: 0, count: values.count * 2)
        for (pixel, value) in values.enumerated() {
            channels[2 * pixel] = Int(value) == classID ? 1 : 0
            channels[2 * pixel + 1] = value == LabelMap.ignore ? 0 : 1
        }
        return Tensor(channels, shape: [1, height, width, 2])
    }
}

extension ProbabilityMap {
    /// Wraps the first channel of the first image of `[N, H, W, C]`.
    public init(_ tensor: Tensor) {
        let first = tensor.sliced(axis: 0, from: 0, count: 1).sliced(axis: 3, from: 0, count: 1)
        self.init(height: tensor.shape[1], width: tensor.shape[2], values: first.scalars)
    }
}
