internal import CPrimitives
internal import TensorCore

/// The oneDNN primitive alone.
final class BarePrimitive: Workload {
    private let primitive: OpaquePointer
    private let shape: Shape

    init(convolution inputs: Inputs, _ precision: Precision) throws {
        let (x, weight) = (try inputs.tensor("x"), try inputs.tensor("weight"))
        shape = x.shape.replacing(axis: 3, with: weight.shape[0])
        let extents = x.shape.map { Int32($0) }
        let made = bench_convolution(
            precision == .bfloat16 ? 1 : 0, extents[0], extents[1], extents[2], extents[3], Int32(weight.shape[0]),
            Int32(weight.shape[2]), x.scalars, weight.scalars)
        guard let made else { throw BenchmarkError("oneDNN has no such convolution in \(precision)") }
        primitive = made
    }

    init(product inputs: Inputs, _ precision: Precision) throws {
        let (a, b) = (try inputs.tensor("a"), try inputs.tensor("b"))
        shape = [a.shape[0], b.shape[1]]
        let made = bench_matmul(
            precision == .bfloat16 ? 1 : 0, Int32(a.shape[0]), Int32(a.shape[1]), Int32(b.shape[1]), a.scalars, b.scalars)
        guard let made else { throw BenchmarkError("oneDNN has no such product in \(precision)") }
        primitive = made
    }

    deinit { bench_destroy(primitive) }

    func outputs() throws -> StateDict {
        try run()
        var values = [Float](repeating: 0, count: shape.elementCount)
        guard bench_read(primitive, &values) == 0 else { throw BenchmarkError("oneDNN could not reorder a result") }
        return results(["y": Tensor(values, shape: shape)])
    }

    func run() throws {
        guard bench_run(primitive) == 0 else { throw BenchmarkError("oneDNN could not execute a primitive") }
    }
}
