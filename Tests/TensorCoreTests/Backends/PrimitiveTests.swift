import TensorCore
import TestSupport
import Testing

/// Primitives of every backend against the reference backend, over all their operations, on sizes that need threads, and
/// with the arguments that no tensor operation passes.
@Suite struct PrimitiveTests {
    @Test(arguments: UnaryOperation.allCases, Device.testedButReference)
    func unary(_ op: UnaryOperation, _ tested: Device) {
        guard op != .logicalNot else { return }
        for dtype in [DType.float32, .bfloat16] {
            agree(on: tested.backend, dtype, "\(op)") { lab in
                let x = lab.buffer([3, 13, 1031], positive: op.needsPositive)
                let (alpha, beta) = op == .clamp ? (Float(-0.5), Float(1.25)) : (Float(1.5), Float(-0.25))
                let (out, slope) = (lab.empty(x.shape), lab.empty(x.shape))
                lab.backend.unary(op, x, alpha: alpha, beta: beta, into: out)
                lab.backend.unaryGradient(
                    op, x, gradient: lab.buffer(x.shape), alpha: alpha, beta: beta, into: slope)
                return [out, slope]
            }
        }
    }

    @Test(arguments: BinaryOperation.allCases, Device.testedButReference)
    func binary(_ op: BinaryOperation, _ tested: Device) {
        let shapes: [(Shape, Shape, Shape)] = [
            ([40_013], [40_013], [40_013]), ([2, 37, 1, 130], [37, 5, 1], [2, 37, 5, 130]),
            ([70, 600], [600], [70, 600]), ([70, 600], [70, 1], [70, 600]), ([], [9, 5000], [9, 5000]),
        ]
        for dtype in [DType.float32, .bfloat16] {
            for (a, b, result) in shapes {
                agree(on: tested.backend, dtype, "\(op) of \(a) and \(b)") { lab in
                    let operands = (lab.buffer(a, positive: op == .power), lab.buffer(b, positive: op == .divide))
                    let out = lab.empty(result, op.isPredicate ? .bool : dtype)
                    lab.backend.binary(op, operands.0, operands.1, into: out)
                    return [out]
                }
            }
        }
    }

    @Test(arguments: ReduceOperation.allCases, Device.testedButReference)
    func reduce(_ op: ReduceOperation, _ tested: Device) {
        let cases: [(Shape, [Int])] = [
            ([33, 70, 41], [0, 1, 2]), ([33, 70, 41], [2]), ([33, 70, 41], [0]), ([33, 70, 41], [1]),
            ([33, 70, 41], [0, 2]), ([100_003], [0]), ([3, 30_001], [1]), ([30_001, 3], [0]),
        ]
        for dtype in [DType.float32, .bfloat16] {
            for (shape, axes) in cases {
                // A long product gathers a rounding error of every factor.
                let tolerance: Double? = op == .product ? 2e-3 : nil
                agree(on: tested.backend, dtype, "\(op) of \(shape) over \(axes)", tolerance) { lab in
                    let x = op == .product ? lab.nearOne(shape) : lab.buffer(shape)
                    let out = lab.empty(shape.keepingReduced(axes))
                    lab.backend.reduce(op, x, axes: axes, into: out)
                    return [out]
                }
            }
        }
    }

    @Test(arguments: Device.testedButReference)
    func matmulWithEpilogue(_ tested: Device) {
        let activations: [FusedActivation] = [
            .none, .relu, .relu6, .silu, .quickGELU, .geluErf, .geluTanh, .sigmoid,
        ]
        for dtype in [DType.float32, .bfloat16] {
            for activation in activations {
                agree(on: tested.backend, dtype, "matmul, \(activation)") { lab in
                    let (a, b) = (lab.buffer([2, 45, 33]), lab.buffer([2, 33, 70]))
                    let bias = lab.buffer([70], dtype: .float32)
                    let residual = lab.buffer([2, 45, 70])
                    let out = lab.empty([2, 45, 70])
                    lab.backend.matmul(
                        a, transposed: false, b, transposed: false,
                        Epilogue(bias: bias, residual: residual, activation: activation), into: out)
                    return [out]
                }
            }
        }
    }

    @Test(arguments: Device.testedButReference)
    func accumulatingWriteAndSums(_ tested: Device) {
        for dtype in [DType.float32, .bfloat16] {
            agree(on: tested.backend, dtype, "strided write") { lab in
                let out = lab.buffer([50, 60, 8])
                let layout = StridedLayout(offset: 60 * 8 + 16, strides: [2 * 60 * 8, 8, 1])
                lab.backend.stridedWrite(lab.buffer([20, 31, 8]), into: out, layout, accumulating: true)
                let folded = lab.buffer([40])
                // Zero strides add many elements to one place.
                let repeated = StridedLayout(strides: [0, 1])
                lab.backend.stridedWrite(lab.buffer([9, 40]), into: folded, repeated, accumulating: true)
                let sum = lab.empty([50, 60, 8])
                lab.backend.weightedSum(out, 0.75, lab.buffer([50, 60, 8]), -2, into: sum)
                return [out, folded, sum]
            }
        }
    }

    @Test(arguments: Device.testedButReference)
    func adam(_ tested: Device) {
        let step = AdamStep(
            learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decoupledDecay: 0.05, coupledDecay: 0.01,
            biasCorrection1: 0.19, biasCorrection2: 0.0199, gradientScale: 0.5)
        agree(on: tested.backend, .float32, "adam") { lab in
            let shape: Shape = [3, 7001]
            let (parameter, gradient, first) = (lab.buffer(shape), lab.buffer(shape), lab.buffer(shape))
            let out = [lab.empty(shape), lab.empty(shape), lab.empty(shape)]
            lab.backend.adam(
                AdamUpdate(
                    parameter: parameter, gradient: gradient, firstMoment: first,
                    secondMoment: lab.buffer(shape, positive: true), newParameter: out[0], newFirstMoment: out[1],
                    newSecondMoment: out[2]), step)
            return out
        }
    }

    @Test(arguments: Device.testedButReference)
    func globalNorm(_ tested: Device) {
        agree(on: tested.backend, .float32, "global norm") { lab in
            let tensors = [lab.buffer([3, 7001]), lab.buffer([]), lab.buffer([0, 4]), lab.buffer([70_000])]
            let out = lab.empty([])
            lab.backend.globalNorm(tensors, into: out)
            return [out]
        }
    }

    /// Runs `body` on both backends with the same random operands and compares what it returns.
    private func agree(
        on backend: any Backend, _ dtype: DType, _ what: String, _ share: Double? = nil,
        _ body: (inout PrimitiveLab) -> [TensorBuffer]
    ) {
        var reference = PrimitiveLab(backend: ReferenceBackend.shared, dtype: dtype)
        var tested = PrimitiveLab(backend: backend, dtype: dtype)
        let tolerance = Tolerance.relativeNorm(dtype == .float32 ? share ?? 1e-5 : 1e-2)
        for (position, pair) in zip(body(&tested), body(&reference)).enumerated() {
            let exact = Tolerance.elements(relative: 0, absolute: 0)
            let allowed = pair.1.dtype.isFloatingPoint ? tolerance : exact
            let problem = mismatch(pair.0.scalars(), pair.1.scalars(), shape: pair.1.shape, allowed)
            #expect(problem == nil, "\(what), \(dtype), result \(position)")
        }
    }
}
