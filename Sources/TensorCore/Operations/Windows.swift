extension Tensor {
    /// `[N, H, W, C]` cut into windows: `[N * (H/h) * (W/w), h, w, C]`, row by row (Swin's `window_partition`).
    ///
    /// - Precondition: the window divides the image.
    public func windowPartitioned(_ window: Size2D) -> Tensor {
        let operands = Operands("windowPartitioned", self, "images")
        _ = operands.moved(self, "images", where: rank == 4, "[N, H, W, C]")
        operands.argument(
            window.isWithin(1...Int.max) && shape[1] % window.height == 0 && shape[2] % window.width == 0,
            "window \(window) does not divide the images")
        let (rows, columns) = (shape[1] / window.height, shape[2] / window.width)
        return reshaped(to: [shape[0], rows, window.height, columns, window.width, shape[3]])
            .permuted([0, 1, 3, 2, 4, 5])
            .reshaped(to: [shape[0] * rows * columns, window.height, window.width, shape[3]])
    }

    /// The inverse of ``windowPartitioned(_:)``: windows back to `[N, H, W, C]` of `size`.
    public func windowsMerged(into size: Size2D) -> Tensor {
        let operands = Operands("windowsMerged", self, "windows")
        _ = operands.moved(
            self, "windows", where: rank == 4 && shape[1] > 0 && shape[2] > 0, "[windows, h, w, C] with at least one pixel")
        operands.argument(size.isWithin(1...Int(Int32.max)), "size: \(size) is not a size of images")
        let (rows, columns) = (size.height / shape[1], size.width / shape[2])
        let tiles = rows * shape[1] == size.height && columns * shape[2] == size.width
        operands.argument(tiles && shape[0] % (rows * columns) == 0, "size: the windows do not tile \(size)")
        let images = shape[0] / (rows * columns)
        return reshaped(to: [images, rows, columns, shape[1], shape[2], shape[3]])
            .permuted([0, 1, 3, 2, 4, 5])
            .reshaped(to: [images, size.height, size.width, shape[3]])
    }
}
