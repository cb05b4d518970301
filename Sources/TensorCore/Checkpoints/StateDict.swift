/// Tensors by their dotted names, with the metadata of the file that they came from.
public struct StateDict: Sendable {
    private var tensors: [String: Tensor] = [:]
    /// Free text beside the tensors (safetensors' `__metadata__`).
    public var metadata: [String: String] = [:]
    /// The file, for messages; empty for state made in memory.
    public var source: String = ""

    /// An empty dictionary.
    public init() {}

    /// Wraps tensors.
    public init(_ tensors: [String: Tensor], metadata: [String: String] = [:], source: String = "") {
        self.tensors = tensors
        self.metadata = metadata
        self.source = source
    }

    /// The tensor called `name`.
    public subscript(_ name: String) -> Tensor? {
        get { tensors[name] }
        set { tensors[name] = newValue }
    }

    /// All names, sorted.
    public var names: [String] { tensors.keys.sorted() }

    /// The number of tensors.
    public var count: Int { tensors.count }

    /// The entries whose name begins with `prefix`, without it.
    public func removingPrefix(_ prefix: String) -> StateDict {
        var result = StateDict(metadata: metadata, source: source)
        for (name, tensor) in tensors where name.hasPrefix(prefix) { result[String(name.dropFirst(prefix.count))] = tensor }
        return result
    }

    /// The same tensors under `prefix`.
    public func addingPrefix(_ prefix: String) -> StateDict {
        var result = StateDict(metadata: metadata, source: source)
        for (name, tensor) in tensors { result[prefix + name] = tensor }
        return result
    }

    /// Both; names of `other` win.
    public func merging(_ other: StateDict) -> StateDict {
        var result = self
        for (name, tensor) in other.tensors { result[name] = tensor }
        result.metadata.merge(other.metadata) { $1 }
        return result
    }

    private init(metadata: [String: String], source: String) {
        self.metadata = metadata
        self.source = source
    }
}

/// What loading a checkpoint matched and what it left.
public struct LoadReport: Sendable, Equatable {
    /// A tensor of the wrong shape.
    public struct Mismatch: Sendable, Equatable {
        /// The tensor's name.
        public var name: String
        /// The checkpoint's shape.
        public var found: Shape
        /// The parameter's shape.
        public var expected: Shape
    }

    /// Names found in both.
    public var matched: [String] = []
    /// Parameters that the checkpoint lacks.
    public var missing: [String] = []
    /// Tensors that the model does not know.
    public var unexpected: [String] = []
    /// Tensors of another shape than the parameter.
    public var mismatched: [Mismatch] = []

    /// An empty report.
    public init() {}
}

extension LoadReport: CustomStringConvertible {
    /// Counts, then up to ten names of each kind of difference.
    public var description: String {
        var lines = ["\(matched.count) tensors matched"]
        func list(_ title: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            let more = names.count > 10 ? ", and \(names.count - 10) more" : ""
            lines.append("\(names.count) \(title): " + names.prefix(10).joined(separator: ", ") + more)
        }
        list("missing", missing)
        list("unexpected", unexpected)
        list("of another shape", mismatched.map { "\($0.name) (found \($0.found), expected \($0.expected))" })
        return lines.joined(separator: "; ")
    }
}
