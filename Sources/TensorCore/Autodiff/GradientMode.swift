/// Whether operations of the running task record a graph.
enum GradientMode {
    @TaskLocal static var isRecording = true
}

/// Runs `body` without recording: no graph, no saved activations, fused inference kernels.
///
/// The setting belongs to the task, not to the process; other tasks are not affected.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try GradientMode.$isRecording.withValue(false, operation: body)
}

extension Tensor {
    /// Whether an operation on `tensors` must be recorded. Constants cost one comparison, not a task-local read.
    @inline(__always)
    static func records(_ a: Tensor) -> Bool { a.node != nil && GradientMode.isRecording }

    @inline(__always)
    static func records(_ a: Tensor, _ b: Tensor) -> Bool {
        (a.node != nil || b.node != nil) && GradientMode.isRecording
    }

    static func records(_ tensors: [Tensor]) -> Bool {
        tensors.contains { $0.node != nil } && GradientMode.isRecording
    }

    /// A recorded result of one input.
    static func recorded(
        _ buffer: TensorBuffer, _ a: Tensor, _ pullback: @escaping @Sendable (Tensor) -> Tensor
    ) -> Tensor {
        Tensor(buffer: buffer, node: Node(inputs: [a.node], pullback: .function { [pullback($0)] }))
    }

    /// A recorded result of several inputs; the pullback returns one gradient an input.
    static func recorded(
        _ buffer: TensorBuffer, _ inputs: [Tensor], _ pullback: @escaping @Sendable (Tensor) -> [Tensor?]
    ) -> Tensor {
        Tensor(buffer: buffer, node: Node(inputs: inputs.map(\.node), pullback: .function(pullback)))
    }

    /// The same values as a constant.
    public func detached() -> Tensor { Tensor(buffer: buffer) }

    /// The same values as a leaf: gradients of what is computed from the result can be asked for it.
    public func requiringGradient() -> Tensor {
        require(dtype.isFloatingPoint, "requiringGradient", "expected a floating type, found \(dtype)")
        return Tensor(buffer: buffer, node: Node())
    }
}
