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
    private let store: ParameterStore
    /// The dotted prefix, empty at the root.
    public let path: String

    /// A root scope whose initial values are drawn from `seed`.
    public init(seed: UInt64 = 0) {
        store = ParameterStore(seed: seed)
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

    /// Registers a trainable parameter.
    ///
    /// - Precondition: the name is new in this scope.
    public func parameter(_ name: String, shape: Shape, initializer: Initializer) -> Parameter {
        let value = store.random.withLock { initializer.makeTensor(shape: shape, using: &$0) }
        return store.add(Parameter(path: self[name].path, value: value, isBuffer: false))
    }

    /// Registers a tensor that is saved and never trained.
    public func buffer(_ name: String, value: Tensor) -> Parameter {
        store.add(Parameter(path: self[name].path, value: value, isBuffer: true))
    }

    /// Everything registered below this scope, in registration order.
    public var parameters: [Parameter] {
        let all = store.parameters.withLock { $0 }
        if path.isEmpty { return all }
        return all.filter { $0.path.hasPrefix(path + ".") }
    }
}

private final class ParameterStore: Sendable {
    let parameters = Guarded<[Parameter]>([])
    let random: Guarded<TorchRandom>

    init(seed: UInt64) { random = Guarded(TorchRandom(seed: seed)) }

    func add(_ parameter: Parameter) -> Parameter {
        parameters.withLock { list in
            require(
                !list.contains { $0.path == parameter.path }, "ParameterScope", "\(parameter.path) is registered twice")
            list.append(parameter)
        }
        return parameter
    }
}
