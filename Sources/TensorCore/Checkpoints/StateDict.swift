/// Tensors by their dotted names, with the metadata of the file that they came from.
///
/// Tensors of an opened file are made when they are asked for: names, shapes and types are known before
/// (``shape(of:)``, ``dtype(of:)``), and a file of which little is used costs little.
public struct StateDict: Sendable {
    /// A tensor that exists, or one that is made when it is asked for.
    private enum Source: Sendable {
        case tensor(Tensor)
        case file(LazyTensor)

        var shape: Shape {
            switch self {
            case .tensor(let tensor): tensor.shape
            case .file(let tensor): tensor.shape
            }
        }

        var dtype: DType {
            switch self {
            case .tensor(let tensor): tensor.dtype
            case .file(let tensor): tensor.dtype
            }
        }
    }

    /// What is known of a tensor before it is made.
    struct Entry {
        var name: String
        var shape: Shape
        var dtype: DType
    }

    private var sources: [String: Source] = [:]
    /// Free text beside the tensors (safetensors' `__metadata__`).
    public var metadata: [String: String] = [:]
    /// The file, for messages; empty for state made in memory.
    public var source: String = ""

    /// An empty dictionary.
    public init() {}

    /// Wraps tensors.
    public init(_ tensors: [String: Tensor], metadata: [String: String] = [:], source: String = "") {
        sources = tensors.mapValues { .tensor($0) }
        self.metadata = metadata
        self.source = source
    }

    init(metadata: [String: String], source: String) {
        self.metadata = metadata
        self.source = source
    }

    /// The tensor called `name`.
    ///
    /// - Precondition: the file behind it has not been cut short; ``tensor(_:)`` throws an error instead.
    public subscript(_ name: String) -> Tensor? {
        get {
            do throws(CheckpointError) {
                return try tensor(name)
            } catch {
                failure("StateDict", error.description)
            }
        }
        set { sources[name] = newValue.map { .tensor($0) } }
    }

    /// The tensor called `name`, on the active backend where it is made from a file; nil where there is none.
    ///
    /// - Throws: ``CheckpointError/file(_:reason:)`` where the file has been cut short since it was opened.
    public func tensor(_ name: String) throws(CheckpointError) -> Tensor? {
        switch sources[name] {
        case .tensor(let tensor): tensor
        case .file(let tensor): try tensor.tensor()
        case nil: nil
        }
    }

    /// The shape of the tensor called `name`, without making it.
    public func shape(of name: String) -> Shape? { sources[name]?.shape }

    /// The type of the tensor called `name`, without making it.
    public func dtype(of name: String) -> DType? { sources[name]?.dtype }

    /// All names, sorted.
    public var names: [String] { sources.keys.sorted() }

    /// The number of tensors.
    public var count: Int { sources.count }

    /// What is known of all tensors, in no particular order.
    var entries: [Entry] { sources.map { Entry(name: $0.key, shape: $0.value.shape, dtype: $0.value.dtype) } }

    /// Adds a tensor of a file.
    mutating func insert(_ tensor: LazyTensor, named name: String) { sources[name] = .file(tensor) }

    /// The entries whose name begins with `prefix`, without it.
    public func removingPrefix(_ prefix: String) -> StateDict {
        renamed { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
    }

    /// The same tensors under `prefix`.
    public func addingPrefix(_ prefix: String) -> StateDict { renamed { prefix + $0 } }

    /// Both; names of `other` win.
    public func merging(_ other: StateDict) -> StateDict {
        var result = self
        result.insert(contentsOf: other)
        return result
    }

    /// Adds everything of another one, in place; its names win.
    mutating func insert(contentsOf other: StateDict) {
        sources.merge(other.sources) { $1 }
        metadata.merge(other.metadata) { $1 }
    }

    /// The same tensors under other names; those without one are left out.
    package func renamed(_ name: (String) -> String?) -> StateDict {
        var result = StateDict(metadata: metadata, source: source)
        for (old, tensor) in sources {
            if let new = name(old) { result.sources[new] = tensor }
        }
        return result
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
    /// The name on the other side that was probably meant, for the first of every kind: a tensor of the checkpoint for a parameter
    /// that is missing or mismatched (of its shape then), a parameter for a tensor that is unexpected.
    public var nearest: [String: String] = [:]

    /// An empty report.
    public init() {}
}

extension LoadReport: CustomStringConvertible {
    /// Counts, then up to ten names of each kind of difference, each with the name that was probably meant.
    public var description: String {
        var lines = ["\(matched.count) tensors matched"]
        func list(_ title: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            let more = names.count > Self.told ? ", and \(names.count - Self.told) more" : ""
            lines.append("\(names.count) \(title): " + names.prefix(Self.told).joined(separator: ", ") + more)
        }
        func told(_ name: String) -> String { nearest[name].map { "\(name) (nearest: \($0))" } ?? name }
        list("missing", missing.map(told))
        list("unexpected", unexpected.map(told))
        list(
            "of another shape",
            mismatched.map { mismatch in
                let other = nearest[mismatch.name].map { "; of that shape: \($0)" } ?? ""
                return "\(mismatch.name) (found \(mismatch.found), expected \(mismatch.expected)\(other))"
            })
        return lines.joined(separator: "; ")
    }
}
