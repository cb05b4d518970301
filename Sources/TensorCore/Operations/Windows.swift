extension Tensor {
    /// `[N, H, W, C]` cut into windows: `[N * (H/h) * (W/w), h, w, C]`, row by row (Swin's `window_partition`).
    ///
    /// - Precondition: the window divides the image.
    public func windowPartitioned(_ window: Size2D) -> Tensor {
        require(rank == 4, "windowPartitioned", "expected [N, H, W, C], found \(shape)")
        require(
            shape[1] % window.height == 0 && shape[2] % window.width == 0, "windowPartitioned",
            "window \(window) does not divide \(shape)")
        let (rows, columns) = (shape[1] / window.height, shape[2] / window.width)
        return reshaped(to: [shape[0], rows, window.height, columns, window.width, shape[3]])
            .permuted([0, 1, 3, 2, 4, 5])
            .reshaped(to: [shape[0] * rows * columns, window.height, window.width, shape[3]])
    }

    /// The inverse of ``windowPartitioned(_:)``: windows back to `[N, H, W, C]` of `size`.
    public func windowsMerged(into size: Size2D) -> Tensor {
        require(rank == 4, "windowsMerged", "expected [windows, h, w, C], found \(shape)")
        let (rows, columns) = (size.height / shape[1], size.width / shape[2])
        require(
            rows * shape[1] == size.height && columns * shape[2] == size.width && shape[0] % (rows * columns) == 0,
            "windowsMerged", "windows \(shape) do not tile \(size)")
        let images = shape[0] / (rows * columns)
        return reshaped(to: [images, rows, columns, shape[1], shape[2], shape[3]])
            .permuted([0, 1, 3, 2, 4, 5])
            .reshaped(to: [images, size.height, size.width, shape[3]])
    }
}
