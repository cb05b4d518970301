extension Tensor {
    /// The maximum of every window of `[N, H, W, C]`; padding counts as minus infinity.
    public func maxPool2d(_ options: PoolingOptions) -> Tensor { pooled(.maximum, options) }

    /// The mean of every window of `[N, H, W, C]`.
    ///
    /// - Parameters:
    ///   - options: window, stride and padding.
    ///   - countsPadding: divides by the whole window, padding included (torch's `count_include_pad`).
    public func averagePool2d(_ options: PoolingOptions, countsPadding: Bool = true) -> Tensor {
        pooled(.average(countIncludesPadding: countsPadding), options)
    }

    /// The mean over height and width: `[N, C]`.
    public func globalAveragePool2d() -> Tensor {
        require(rank == 4, "globalAveragePool2d", "expected [N, H, W, C], found \(shape)")
        return mean(axes: [1, 2])
    }

    private func pooled(_ kind: PoolingKind, _ options: PoolingOptions) -> Tensor {
        if dtype == .float16 { return converted(to: .float32).pooled(kind, options) }
        require(rank == 4, "pool2d", "expected [N, H, W, C], found \(shape)")
        let size = options.outputSize(input: Size2D(height: shape[1], width: shape[2]))
        require(size.height > 0 && size.width > 0, "pool2d", "a window \(options.kernel) does not fit into \(shape)")
        let out = makeBuffer([shape[0], size.height, size.width, shape[3]])
        let records = Tensor.records(self)
        let indices = records && kind == .maximum ? makeBuffer(out.shape, .int32) : nil
        backend.pool2d(kind, buffer, options, into: out, indices: indices)
        guard records else { return Tensor(buffer: out) }
        let source = shape
        return .recorded(out, self) { g in
            let result = g.makeBuffer(source)
            g.backend.pool2dGradient(kind, g.buffer, options, indices: indices, into: result)
            return Tensor(buffer: result)
        }
    }
}
