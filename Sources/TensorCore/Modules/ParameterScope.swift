/// Where a module registers its parameters: a path prefix, and the store and random source that all parts share.
///
/// ```swift
/// init(_ scope: ParameterScope) {
///     conv1 = Conv2d(scope["conv1"], inputChannels: 3, outputChannels: 64, kernelSize: 7)
///     blocks = (0..<3).map { Block(scope["layer1"][$0]) }
/// }
/// ```
/// No reflection and no macro: what is not registered cannot exist, and names are the checkpoint's.
public struct ParameterScope: Sendable {
    /// What a network is built for.
    public enum Purpose: Sendable, Hashable {
        /// Training: initial values are drawn from a random source of this seed.
        case training(seed: UInt64)
        /// A checkpoint: parameters have path, shape and type, are frozen, and have no value before
        /// ``Module/load(_:options:)`` gives them one. Nothing is drawn and nothing allocated.
        case loading
    }

    private let store: ParameterStore
    /// The dotted prefix, empty at the root.
    public let path: String

    /// A root scope whose initial values are drawn from `seed`.
    public init(seed: UInt64 = 0) { self.init(.training(seed: seed)) }

    /// A root scope.
    public init(_ purpose: Purpose) {
        store = ParameterStore(purpose)
        path = ""
    }

    private init(store: ParameterStore, path: String) {
        self.store = store
        self.path = path
    }

    /// The scope of a named part.
    public subscript(_ name: String) -> ParameterScope {
        ParameterScope(store: store, path: path.isEmpty ? name : path + "." + name)
    }

    /// The scope of a numbered part.
    public subscript(_ index: Int) -> ParameterScope { self[String(index)] }

    /// Registers a parameter, trainable where its type is float32.
    ///
    /// - Parameters:
    ///   - name: the last part of its path.
    ///   - shape: the extents.
    ///   - initializer: how its first value is drawn, where the scope is made for training.
    ///   - dtype: float32, or bfloat16 or float16 for a weight that is never trained.
    /// - Precondition: the name is new in this scope.
    public func parameter(
        _ name: String, shape: Shape, initializer: Initializer, dtype: DType = .float32
    ) -> Parameter {
        let path = self[name].path
        require(dtype.isFloatingPoint, "ParameterScope", "\(path) must have a floating type, found \(dtype)")
        let value = store.random?.withLock { initializer.makeTensor(shape: shape, using: &$0).converted(to: dtype) }
        let isTrainable = value != nil && dtype == .float32
        return store.add(
            Parameter(path: path, shape: shape, dtype: dtype, value: value, isBuffer: false, isTrainable: isTrainable))
    }

    /// Registers a tensor that is saved and never trained.
    public func buffer(_ name: String, value: Tensor) -> Parameter {
        store.add(
            Parameter(
                path: self[name].path, shape: value.shape, dtype: value.dtype, value: value, isBuffer: true,
                isTrainable: false))
    }

    /// Everything registered below this scope, in registration order.
    public var parameters: [Parameter] { store.parameters(below: path) }
}

/// All parameters of a root scope, by the prefixes of their paths.
private final class ParameterStore: Sendable {
    private struct State: Sendable {
        var paths: Set<String> = []
        /// In registration order; a parameter stands under every prefix of its path, so that no part searches the whole.
        var parameters: [String: [Parameter]] = [:]
    }

    /// Where initial values come from; nil where a checkpoint brings them.
    let random: Guarded<TorchRandom>?
    private let state = Guarded(State())

    init(_ purpose: ParameterScope.Purpose) {
        switch purpose {
        case .training(let seed): random = Guarded(TorchRandom(seed: seed))
        case .loading: random = nil
        }
    }

    func add(_ parameter: Parameter) -> Parameter {
        let path = parameter.path
        state.withLock { state in
            require(state.paths.insert(path).inserted, "ParameterScope", "\(path) is registered twice")
            state.parameters["", default: []].append(parameter)
            for end in path.indices where path[end] == "." {
                state.parameters[String(path[..<end]), default: []].append(parameter)
            }
        }
        return parameter
    }

    func parameters(below path: String) -> [Parameter] { state.withLock { $0.parameters[path] ?? [] } }
}
