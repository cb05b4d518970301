#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func pool2d(
        _ kind: PoolingKind, _ x: TensorBuffer, _ options: PoolingOptions, into out: TensorBuffer, indices: TensorBuffer?
    ) {
        var parameters = geometry(kind, image: x.shape, result: out.shape, options)
        fss_pool(&parameters, x.dtype.code, x.address, out.address, positions(indices))
    }

    public func pool2dGradient(
        _ kind: PoolingKind, _ gradient: TensorBuffer, _ options: PoolingOptions, indices: TensorBuffer?,
        into out: TensorBuffer
    ) {
        var parameters = geometry(kind, image: out.shape, result: gradient.shape, options)
        precondition(
            parameters.maximum == 0 || indices != nil, "pool2dGradient: the derivative of a maximum needs the indices")
        fss_pool_gradient(&parameters, gradient.dtype.code, gradient.address, positions(indices), out.address)
    }

    public func resample(_ x: TensorBuffer, rows: Resampling, columns: Resampling, into out: TensorBuffer) {
        if out.count == 0 { return }
        let (rows, columns) = (rows.matrix, columns.matrix)
        fss_resample(
            x.dtype.code, x.address, x.shape[0], x.shape[3], rows.outputs, rows.inputs, rows.rowStarts, rows.indices,
            rows.weights, columns.outputs, columns.inputs, columns.rowStarts, columns.indices, columns.weights, out.address)
    }

    private func positions(_ indices: TensorBuffer?) -> UnsafeMutablePointer<Int32>? {
        indices?.address.assumingMemoryBound(to: Int32.self)
    }

    private func geometry(_ kind: PoolingKind, image: Shape, result: Shape, _ options: PoolingOptions) -> fss_pooling {
        var p = fss_pooling()
        p.batch = image[0]
        p.height = image[1]
        p.width = image[2]
        p.channels = image[3]
        p.out_height = result[1]
        p.out_width = result[2]
        p.kernel_y = options.kernel.height
        p.kernel_x = options.kernel.width
        p.stride_y = options.stride.height
        p.stride_x = options.stride.width
        p.pad_top = options.padding.top
        p.pad_bottom = options.padding.bottom
        p.pad_left = options.padding.left
        p.pad_right = options.padding.right
        switch kind {
        case .maximum: p.maximum = 1
        case .average(let countIncludesPadding): p.counts_padding = countIncludesPadding ? 1 : 0
        }
        return p
    }
}
#endif
