public import TensorCore

/// Names and shapes of a file's tensors: what tells of which network they are.
///
/// `num_batches_tracked` entries, which count steps of training, are left out.
public struct WeightsIndex: Sendable, Equatable {
    private var shapes: [String: Shape] = [:]
    /// The ``KeyMap/layout`` that the file's own names had, nil for those that the family registers. It does not count when
    /// indices are compared.
    public private(set) var layout: String?

    /// Reads the index of `state`.
    public init(_ state: StateDict) {
        for name in state.names where !name.hasSuffix(Self.counter) { shapes[name] = state.shape(of: name) }
    }

    /// Reads the index of a module's state.
    public init(_ module: some Module) {
        for parameter in module.parameters { shapes[parameter.path] = parameter.shape }
    }

    /// An empty index of a file with names of `layout`.
    init(layout: String) { self.layout = layout }

    public static func == (a: WeightsIndex, b: WeightsIndex) -> Bool { a.shapes == b.shapes }

    /// All names, sorted.
    var names: [String] { shapes.keys.sorted() }

    /// The tensors whose names begin with `prefix`, without it.
    func removingPrefix(_ prefix: String) -> WeightsIndex {
        var result = self
        result.shapes = [:]
        for (name, shape) in shapes where name.hasPrefix(prefix) { result.shapes[String(name.dropFirst(prefix.count))] = shape }
        return result
    }

    /// The end of the names that are left out.
    static let counter = ".num_batches_tracked"

    /// The shape of the tensor called `name`.
    public internal(set) subscript(_ name: String) -> Shape? {
        get { shapes[name] }
        set { shapes[name] = newValue }
    }

    /// The output channels of the convolution or linear layer called `name`.
    public func outputs(of name: String) -> Int? { shapes[name + ".weight"]?.first }

    /// How many of the names `name(0)`, `name(1)`, ... are there, up to the first gap.
    public func count(of name: (Int) -> String) -> Int {
        var count = 0
        while shapes[name(count)] != nil { count += 1 }
        return count
    }
}
