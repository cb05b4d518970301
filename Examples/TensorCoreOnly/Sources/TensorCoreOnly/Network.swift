import TensorCore

/// Two hidden layers of `width` units: `[N, 1]` to `[N, 1]`.
final class Network: Module {
    let scope: ParameterScope
    private let input: Linear
    private let hidden: Linear
    private let output: Linear

    init(_ scope: ParameterScope, width: Int) {
        self.scope = scope
        input = Linear(scope["input"], inputs: 1, outputs: width)
        hidden = Linear(scope["hidden"], inputs: width, outputs: width)
        output = Linear(scope["output"], inputs: width, outputs: 1)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        output(hidden(input(x).tanh()).tanh())
    }
}
