internal import TensorCore

/// 256 -> 256 channels, 3x3, on 60x60 pixels.
struct Convolution: Workload {
    private let x: Tensor
    private let weight: Tensor

    init(_ inputs: Inputs, _ precision: Precision) throws {
        x = try inputs.activations("x", precision)
        weight = try inputs.tensor("weight")
    }

    func outputs() -> StateDict { results(["y": convolved()]) }
    func run() { _ = convolved() }
    private func convolved() -> Tensor { x.conv2d(weight: weight, ConvolutionOptions(padding: 1)) }
}

/// Two square matrices.
struct MatrixProduct: Workload {
    private let a: Tensor
    private let b: Tensor

    init(_ inputs: Inputs, _ precision: Precision) throws {
        a = try inputs.activations("a", precision)
        b = try inputs.activations("b", precision)
    }

    func outputs() -> StateDict { results(["y": a.matmul(b)]) }
    func run() { _ = a.matmul(b) }
}

/// 1000 operations on a few numbers, each on the result of the one before: what an operation costs beside its work.
struct ElementwiseChain: Workload {
    private let x: Tensor
    private let factor: Tensor
    private let offset: Tensor

    init(_ inputs: Inputs, _ precision: Precision) throws {
        x = try inputs.activations("x", precision)
        factor = try inputs.activations("factor", precision)
        offset = try inputs.activations("offset", precision)
    }

    func outputs() -> StateDict { results(["y": chained()]) }
    func run() { _ = chained() }

    private func chained() -> Tensor {
        var y = x
        for _ in 0..<250 {
            y = y * factor
            y = y + offset
            y = y.sigmoid()
            y = y * 1.5
        }
        return y
    }
}
