/// A named tensor of a model: a weight that training changes, or a buffer (such as running statistics) that it saves only.
///
/// Parameters are made by ``ParameterScope`` and never otherwise, so that none can be forgotten in a state dict.
public final class Parameter: Sendable {
    /// The dotted name in checkpoints, such as `layer1.0.conv1.weight`.
    public let path: String
    /// The extents, which never change.
    public let shape: Shape
    /// Whether it is saved but never trained.
    public let isBuffer: Bool

    let leaf = Node()
    private struct State: Sendable {
        var value: Tensor
        var isTrainable: Bool
    }
    private let state: Guarded<State>

    init(path: String, value: Tensor, isBuffer: Bool) {
        self.path = path
        self.shape = value.shape
        self.isBuffer = isBuffer
        state = Guarded(State(value: value.detached(), isTrainable: !isBuffer))
    }

    /// The current tensor; a leaf of the graph when trainable and recording. Setting replaces the value for later reads; it is
    /// placed where the old one is.
    ///
    /// - Precondition: a new value has the parameter's shape.
    public var value: Tensor {
        get {
            let (value, isTrainable) = state.withLock { ($0.value, $0.isTrainable) }
            guard isTrainable, GradientMode.isRecording else { return value }
            return Tensor(buffer: value.buffer, node: leaf)
        }
        set {
            require(newValue.shape == shape, "Parameter.value", "\(path) is \(shape), found \(newValue.shape)")
            let placed = newValue.detached().placed(on: device)
            state.withLock { $0.value = placed }
        }
    }

    /// Where the value lives.
    public var device: Device { state.withLock { $0.value.device } }

    /// Moves the value.
    func place(on device: Device) {
        let placed = state.withLock { $0.value }.placed(on: device)
        state.withLock { $0.value = placed }
    }

    /// Whether gradients are computed for it. Buffers are never trainable.
    public var isTrainable: Bool {
        get { state.withLock { $0.isTrainable } }
        set { state.withLock { $0.isTrainable = newValue && !isBuffer } }
    }
}
