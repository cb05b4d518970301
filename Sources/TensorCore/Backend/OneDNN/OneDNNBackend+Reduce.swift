#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func reduce(_ op: ReduceOperation, _ x: TensorBuffer, axes: [Int], into out: TensorBuffer) {
        var mask: UInt32 = 0
        for axis in axes { mask |= 1 << UInt32(axis) }
        x.shape.withExtents { extents in
            fss_reduce(Int32(op.rawValue), x.dtype.code, x.address, extents, Int32(x.shape.rank), mask, out.address)
        }
    }

    public func argReduce(maximum: Bool, _ x: TensorBuffer, axis: Int, into out: TensorBuffer) {
        let (outer, n, inner) = x.shape.split(at: axis)
        fss_arg_reduce(maximum ? 1 : 0, x.dtype.code, x.address, outer, n, inner, out.longs)
    }

    public func cumulativeSum(_ x: TensorBuffer, axis: Int, reversed: Bool, into out: TensorBuffer) {
        let (outer, n, inner) = x.shape.split(at: axis)
        fss_cumulative_sum(x.dtype.code, x.address, outer, n, inner, reversed ? 1 : 0, out.address)
    }

    public func topK(_ x: TensorBuffer, values: TensorBuffer, indices: TensorBuffer) {
        let (rows, n, _) = x.shape.split(at: x.shape.rank - 1)
        let k = values.shape[values.shape.rank - 1]
        fss_top_k(x.dtype.code, x.address, rows, n, k, values.address, indices.longs)
    }
}
#endif
