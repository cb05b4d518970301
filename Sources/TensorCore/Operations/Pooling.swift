extension Tensor {
    /// The maximum of every window of `[N, H, W, C]`; padding, at most half a window, counts as minus infinity.
    public func maxPool2d(_ options: PoolingOptions) -> Tensor {
        pooled(.maximum, options, Operands("maxPool2d", self, "images"))
    }

    /// The mean of every window of `[N, H, W, C]`.
    ///
    /// - Parameters:
    ///   - options: window, stride and padding, which is at most half a window.
    ///   - countsPadding: divides by the whole window, padding included (torch's `count_include_pad`).
    public func averagePool2d(_ options: PoolingOptions, countsPadding: Bool = true) -> Tensor {
        pooled(.average(countIncludesPadding: countsPadding), options, Operands("averagePool2d", self, "images"))
    }

    /// The mean over height and width: `[N, C]`.
    public func globalAveragePool2d() -> Tensor {
        _ = Operands("globalAveragePool2d", self, "images").moved(self, "images", where: rank == 4, "[N, H, W, C]")
        return mean(axes: [1, 2])
    }

    private func pooled(_ kind: PoolingKind, _ options: PoolingOptions, _ operands: Operands) -> Tensor {
        let x = operands.floating(self, "images", where: rank == 4, "[N, H, W, C]")
        options.check(operands)
        let size = options.outputSize(input: Size2D(height: shape[1], width: shape[2]))
        operands.argument(
            shape[1] > 0 && shape[2] > 0 && size.height > 0 && size.width > 0, "a kernel of \(options.kernel) does not fit")
        let out = x.makeBuffer([shape[0], size.height, size.width, shape[3]])
        let records = Tensor.records(x)
        operands.argument(!records || shape[1] * shape[2] <= Int(Int32.max), "the images are too large for a derivative")
        let indices = records && kind == .maximum ? makeBuffer(out.shape, .int32) : nil
        backend.pool2d(kind, x.buffer, options, into: out, indices: indices)
        guard records else { return Tensor(buffer: out) }
        let source = shape
        return .recorded(out, x) { g in
            let result = g.makeBuffer(source)
            g.backend.pool2dGradient(kind, g.buffer, options, indices: indices, into: result)
            return Tensor(buffer: result)
        }
    }
}

extension PoolingOptions {
    /// Traps where the numbers describe no pooling: every window holds at least one pixel.
    func check(_ operands: Operands) {
        let limit = 1 << 30
        operands.argument(kernel.isWithin(1...limit), "kernel \(kernel) is not positive")
        operands.argument(stride.isWithin(1...limit), "stride \(stride) is not positive")
        let (rows, columns) = (Swift.max(padding.top, padding.bottom), Swift.max(padding.left, padding.right))
        operands.argument(
            padding.isWithin(0...limit) && rows <= kernel.height / 2 && columns <= kernel.width / 2,
            "padding \(padding) is negative or more than half of the kernel \(kernel)")
    }
}
