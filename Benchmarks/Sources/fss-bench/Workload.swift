internal import TensorCore

/// Work that both sides do.
protocol Workload {
    /// Runs once; the results that must equal those of the other side.
    func outputs() throws -> StateDict
    /// Runs once, for the clock.
    func run() throws
}

/// The tensors that the twin prepared.
struct Inputs {
    private let state: StateDict

    init(_ state: StateDict) { self.state = state }

    /// The tensor called `name`.
    func tensor(_ name: String) throws -> Tensor {
        guard let tensor = state[name] else { throw BenchmarkError("inputs.safetensors has no \(name); it has \(state.names)") }
        return tensor
    }

    /// The tensor called `name` as activations of `precision`.
    func activations(_ name: String, _ precision: Precision) throws -> Tensor {
        try tensor(name).converted(to: precision.activations)
    }

    /// The weights of a network.
    func weights(_ name: String) -> StateDict { state.removingPrefix(name + ".") }
}

/// Results under their names, float32.
func results(_ tensors: [String: Tensor]) -> StateDict {
    StateDict(tensors.mapValues { $0.detached().converted(to: .float32) })
}
