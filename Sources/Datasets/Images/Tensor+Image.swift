public import TensorCore

extension RGBImage {
    /// The image as `[1, H, W, 3]`, uint8, red, green, blue.
    public func tensor() -> Tensor { Tensor(pixels, shape: [1, height, width, 3]) }
}

extension BinaryMask {
    /// The mask as `[1, H, W, 1]`, float32, 0 or 1.
    public func tensor() -> Tensor { Tensor(values.map { $0 ? Float(1) : 0 }, shape: [1, height, width, 1]) }
}
