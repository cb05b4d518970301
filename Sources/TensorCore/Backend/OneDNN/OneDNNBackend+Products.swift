#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    /// Whether oneDNN has bfloat16 kernels for this machine; elsewhere products are computed in float32.
    static let hasBFloat16 = fss_dnn_has_bfloat16() != 0

    public func matmul(
        _ a: TensorBuffer, transposed transposeA: Bool, _ b: TensorBuffer, transposed transposeB: Bool, _ epilogue: Epilogue,
        into out: TensorBuffer
    ) {
        if out.count == 0 { return }
        if a.count == 0 { return emptySum(epilogue, into: out) }
        if !Self.hasBFloat16 && (a.dtype == .bfloat16 || out.dtype == .bfloat16) {
            let wide = temporary(out.shape, .float32)
            matmul(
                float32(a), transposed: transposeA, b, transposed: transposeB, float32(epilogue), into: wide)
            return convert(wide, into: out)
        }
        if a.dtype == .float32 && b.dtype != .float32 && !isSingle(b) {
            return matmul(a, transposed: transposeA, float32(b), transposed: transposeB, epilogue, into: out)
        }
        let packed = packsRightSide(a, transposeA, b) ? PackedWeights.of(b) : nil
        let message = a.shape.withExtents { extentsA in
            b.shape.withExtents { extentsB in
                out.shape.withExtents { extents in
                    var parameters = fss_matmul(
                        dtype_a: a.dtype.code, dtype_b: b.dtype.code, dtype_out: out.dtype.code, rank: Int32(a.shape.rank),
                        transpose_a: transposeA ? 1 : 0, transpose_b: transposeB ? 1 : 0, extents_a: extentsA,
                        extents_b: extentsB, extents_out: extents, has_bias: epilogue.bias == nil ? 0 : 1,
                        has_residual: epilogue.residual == nil ? 0 : 1, activation: epilogue.activation.code)
                    return fss_dnn_matmul(
                        &parameters, a.address, b.address, packed?.handle, epilogue.bias?.floats, epilogue.residual?.address,
                        out.address)
                }
            }
        }
        if let message {
            fatalError("matmul: \(a.shape) \(a.dtype) by \(b.shape) \(b.dtype) to \(out.shape): \(String(cString: message))")
        }
    }

    /// Weights are packed: right-hand sides without a batch of products that are no derivative of weights.
    private func packsRightSide(_ a: TensorBuffer, _ transposeA: Bool, _ b: TensorBuffer) -> Bool {
        if a.dtype != b.dtype { return true }
        return !transposeA && isSingle(b)
    }

    /// Whether it is one matrix for the whole batch, as weights are.
    private func isSingle(_ b: TensorBuffer) -> Bool { b.shape.dropLast(2).allSatisfy { $0 == 1 } }

    /// What an empty sum of products leaves: the epilogue alone.
    func emptySum(_ epilogue: Epilogue, into out: TensorBuffer) {
        let sum = temporary(out.shape, .float32)
        fill(sum, with: 0)
        var current = sum
        for addend in [epilogue.bias, epilogue.residual] {
            guard let addend else { continue }
            let next = temporary(out.shape, .float32)
            binary(.add, current, float32(addend), into: next)
            current = next
        }
        let result = temporary(out.shape, .float32)
        switch epilogue.activation {
        case .none: convert(current, into: result)
        case .relu: unary(.relu, current, alpha: 0, beta: 0, into: result)
        case .relu6: unary(.clamp, current, alpha: 0, beta: 6, into: result)
        case .silu: unary(.silu, current, alpha: 0, beta: 0, into: result)
        case .quickGELU: unary(.quickGELU, current, alpha: 0, beta: 0, into: result)
        case .geluErf: unary(.geluErf, current, alpha: 0, beta: 0, into: result)
        case .geluTanh: unary(.geluTanh, current, alpha: 0, beta: 0, into: result)
        case .sigmoid: unary(.sigmoid, current, alpha: 0, beta: 0, into: result)
        }
        convert(result, into: out)
    }

    /// The buffer itself, or a float32 copy.
    func float32(_ x: TensorBuffer) -> TensorBuffer {
        if x.dtype == .float32 { return x }
        let wide = temporary(x.shape, .float32)
        convert(x, into: wide)
        return wide
    }

    /// The epilogue with a float32 residual.
    func float32(_ epilogue: Epilogue) -> Epilogue {
        Epilogue(
            bias: epilogue.bias, residual: epilogue.residual.map { float32($0) }, activation: epilogue.activation)
    }
}
#endif
