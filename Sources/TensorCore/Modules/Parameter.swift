/// A named tensor of a model: a weight that training changes, or a buffer (such as running statistics) that it saves only.
///
/// Parameters are made by ``ParameterScope`` and never otherwise, so that none can be forgotten in a state dict. A parameter of
/// a scope for loading has no value until a checkpoint gives it one.
public final class Parameter: Sendable {
    /// The dotted name in checkpoints, such as `layer1.0.conv1.weight`.
    public let path: String
    /// The extents, which never change.
    public let shape: Shape
    /// Whether it is saved but never trained.
    public let isBuffer: Bool

    let leaf = Node()
    private struct State: Sendable {
        var value: Tensor?
        var dtype: DType
        var isTrainable: Bool
    }
    private let state: Guarded<State>

    init(path: String, shape: Shape, dtype: DType, value: Tensor?, isBuffer: Bool, isTrainable: Bool) {
        self.path = path
        self.shape = shape
        self.isBuffer = isBuffer
        state = Guarded(State(value: value?.detached(), dtype: dtype, isTrainable: isTrainable))
    }

    /// The type in which the value is stored, or will be: what ``Module/load(_:options:)`` converts to.
    public var dtype: DType { state.withLock { $0.dtype } }

    /// Whether it has a value.
    public var isSet: Bool { state.withLock { $0.value != nil } }

    /// The current tensor; a leaf of the graph when trainable and recording. Setting replaces the value for later reads, and its
    /// type with it; it is placed where the old one is.
    ///
    /// - Precondition: a value has been set, and a new one has the parameter's shape; that of a trainable parameter is float32.
    public var value: Tensor {
        get {
            let (value, isTrainable) = state.withLock { ($0.value, $0.isTrainable) }
            guard let value else {
                failure("Parameter.value", "\(path) has no value; load a checkpoint into the module before it is used")
            }
            guard isTrainable, GradientMode.isRecording else { return value }
            return Tensor(buffer: value.buffer, node: leaf)
        }
        set {
            require(newValue.shape == shape, "Parameter.value", "\(path) is \(shape), found \(newValue.shape)")
            let placed = device.map { newValue.detached().placed(on: $0) } ?? newValue.detached()
            let isTrainable = state.withLock { state in
                if state.isTrainable && placed.dtype != .float32 { return true }
                state.value = placed
                state.dtype = placed.dtype
                return false
            }
            require(!isTrainable, "Parameter.value", Self.untrainable(path, newValue.dtype))
        }
    }

    /// Where the value lives; nil where it has none.
    public var device: Device? { state.withLock { $0.value?.device } }

    /// Moves the value.
    func place(on device: Device) {
        guard let placed = state.withLock({ $0.value })?.placed(on: device) else { return }
        state.withLock { $0.value = placed }
    }

    /// Whether gradients are computed for it. Buffers are never trainable.
    ///
    /// - Precondition: a parameter that is trained is float32.
    public var isTrainable: Bool {
        get { state.withLock { $0.isTrainable } }
        set {
            let dtype = state.withLock { state -> DType in
                state.isTrainable = newValue && !isBuffer && state.dtype == .float32
                return state.dtype
            }
            require(!newValue || isBuffer || dtype == .float32, "Parameter.isTrainable", Self.untrainable(path, dtype))
        }
    }

    private static func untrainable(_ path: String, _ dtype: DType) -> String {
        "\(path) is \(dtype), and what is trained must be float32; convert its value, or keep it frozen"
    }
}
