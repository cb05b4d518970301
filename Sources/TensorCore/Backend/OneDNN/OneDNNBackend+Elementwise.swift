#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func fill(_ out: TensorBuffer, with value: Double) {
        fss_fill(out.dtype.code, out.address, out.count, value)
    }

    public func convert(_ x: TensorBuffer, into out: TensorBuffer) {
        fss_convert(x.dtype.code, x.address, out.dtype.code, out.address, out.count)
    }

    public func unary(_ op: UnaryOperation, _ x: TensorBuffer, alpha: Float, beta: Float, into out: TensorBuffer) {
        fss_unary(Int32(op.rawValue), x.dtype.code, x.address, x.count, alpha, beta, out.address)
    }

    public func unaryGradient(
        _ op: UnaryOperation, _ x: TensorBuffer, gradient: TensorBuffer, alpha: Float, beta: Float, into out: TensorBuffer
    ) {
        fss_unary_gradient(
            Int32(op.rawValue), x.dtype.code, x.address, gradient.address, x.count, alpha, beta, out.address)
    }

    public func binary(_ op: BinaryOperation, _ a: TensorBuffer, _ b: TensorBuffer, into out: TensorBuffer) {
        if out.count == 0 { return }
        a.shape.withExtents { extentsA in
            b.shape.withExtents { extentsB in
                out.shape.withExtents { extents in
                    fss_binary(
                        Int32(op.rawValue), a.dtype.code, a.address, extentsA, Int32(a.shape.rank), b.address, extentsB,
                        Int32(b.shape.rank), out.address, extents, Int32(out.shape.rank))
                }
            }
        }
    }

    public func select(_ condition: TensorBuffer, _ a: TensorBuffer, _ b: TensorBuffer, into out: TensorBuffer) {
        if out.count == 0 { return }
        let truth = condition.address.assumingMemoryBound(to: UInt8.self)
        condition.shape.withExtents { extentsC in
            a.shape.withExtents { extentsA in
                b.shape.withExtents { extentsB in
                    out.shape.withExtents { extents in
                        fss_select(
                            out.dtype.code, truth, extentsC, Int32(condition.shape.rank), a.address, extentsA,
                            Int32(a.shape.rank), b.address, extentsB, Int32(b.shape.rank), out.address, extents,
                            Int32(out.shape.rank))
                    }
                }
            }
        }
    }

    public func weightedSum(
        _ a: TensorBuffer, _ scaleA: Float, _ b: TensorBuffer, _ scaleB: Float, into out: TensorBuffer
    ) {
        fss_weighted_sum(a.dtype.code, a.address, scaleA, b.address, scaleB, a.count, out.address)
    }

    public func modulate(
        _ x: TensorBuffer, scale: TensorBuffer, shift: TensorBuffer, addingOne: Bool, into out: TensorBuffer
    ) {
        if out.count == 0 { return }
        x.shape.withExtents { extents in
            scale.shape.withExtents { extentsScale in
                shift.shape.withExtents { extentsShift in
                    fss_modulate(
                        x.dtype.code, x.address, extents, Int32(x.shape.rank), scale.address, extentsScale,
                        Int32(scale.shape.rank), shift.address, extentsShift, Int32(shift.shape.rank), addingOne ? 1 : 0,
                        out.address)
                }
            }
        }
    }
}
#endif
