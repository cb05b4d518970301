#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func stridedRead(_ x: TensorBuffer, _ layout: StridedLayout, into out: TensorBuffer) {
        out.shape.withExtents { extents in
            fss_strided_read(
                Int32(x.dtype.byteCount), x.address, extents, Int32(out.shape.rank), layout.offset, layout.strides, out.address)
        }
    }

    public func stridedWrite(_ x: TensorBuffer, into out: TensorBuffer, _ layout: StridedLayout, accumulating: Bool) {
        let rank = Int32(x.shape.rank)
        x.shape.withExtents { extents in
            if accumulating {
                fss_strided_add(x.dtype.code, x.address, extents, rank, layout.offset, layout.strides, out.address)
            } else {
                fss_strided_write(
                    Int32(x.dtype.byteCount), x.address, extents, rank, layout.offset, layout.strides, out.address)
            }
        }
    }

    public func gather(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let (outer, n, inner) = x.shape.split(at: axis)
        let fault = fss_gather(
            Int32(x.dtype.byteCount), x.address, outer, n, inner, indices.longs, indices.count, out.address)
        note(fault, "gathered", indices, below: n)
    }

    public func scatterAdd(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let (outer, n, inner) = out.shape.split(at: axis)
        let fault = fss_scatter_add(x.dtype.code, x.address, outer, n, inner, indices.longs, indices.count, out.address)
        note(fault, "scatterAdding", indices, below: n)
    }

    public func gatherElements(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let fault = x.shape.withExtents { extentsX in
            out.shape.withExtents { extents in
                fss_gather_elements(
                    Int32(x.dtype.byteCount), x.address, extentsX, Int32(axis), indices.longs, extents,
                    Int32(out.shape.rank), out.address)
            }
        }
        note(fault, "gatheredElements", indices, below: x.shape[axis])
    }

    public func scatterAddElements(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let fault = x.shape.withExtents { extents in
            out.shape.withExtents { extentsOut in
                fss_scatter_add_elements(
                    x.dtype.code, x.address, extents, Int32(x.shape.rank), Int32(axis), indices.longs, out.address, extentsOut)
            }
        }
        note(fault, "scatterAddingElements", indices, below: out.shape[axis])
    }

    /// Records the index at `position`, which a kernel found out of range; nothing where the position is negative.
    private func note(_ position: Int, _ operation: StaticString, _ indices: TensorBuffer, below limit: Int) {
        if position >= 0 { faults.record(operation, index: indices.longs[position], at: position, below: limit) }
    }
}
#endif
