/// The gradients of one scalar with respect to the leaves that it depends on.
public struct Gradients: Sendable {
    var byLeaf: [ObjectIdentifier: Tensor] = [:]
    /// Keeps the leaves alive, so that their identifiers stay theirs.
    var leaves: [Node] = []

    /// No gradients: where a sum over batches starts.
    public init() {}

    /// The gradient for a tensor made by ``Tensor/requiringGradient()``, nil where the result does not depend on it.
    public subscript(_ leaf: Tensor) -> Tensor? { leaf.node.flatMap { byLeaf[ObjectIdentifier($0)] } }

    /// The gradient for a parameter, nil where the result does not depend on it. Hooks of a training write it; nil removes it.
    ///
    /// - Precondition: a new gradient has the parameter's shape.
    public subscript(_ parameter: Parameter) -> Tensor? {
        get { byLeaf[ObjectIdentifier(parameter.leaf)] }
        set {
            let leaf = parameter.leaf
            if let newValue {
                require(
                    newValue.shape == parameter.shape, "Gradients",
                    "\(parameter.path) is \(parameter.shape), found \(newValue.shape)")
                if byLeaf.updateValue(newValue.detached(), forKey: ObjectIdentifier(leaf)) == nil { leaves.append(leaf) }
            } else if byLeaf.removeValue(forKey: ObjectIdentifier(leaf)) != nil {
                leaves.removeAll { $0 === leaf }
            }
        }
    }

    /// The sum of two sets: batch accumulation.
    public static func + (lhs: Gradients, rhs: Gradients) -> Gradients {
        var result = lhs
        for leaf in rhs.leaves {
            let key = ObjectIdentifier(leaf)
            guard let gradient = rhs.byLeaf[key] else { continue }
            if let present = result.byLeaf[key] {
                result.byLeaf[key] = present.scaled(adding: gradient)
            } else {
                result.byLeaf[key] = gradient
                result.leaves.append(leaf)
            }
        }
        return result
    }

    /// Every gradient multiplied by `factor`.
    public func scaled(by factor: Float) -> Gradients {
        var result = self
        result.byLeaf = byLeaf.mapValues { $0 * factor }
        return result
    }

    /// The Euclidean norm over all gradients: a float32 scalar where they live, which nobody waits for.
    public var globalNorm: Tensor {
        withoutGradients {
            let all = leaves.compactMap { byLeaf[ObjectIdentifier($0)]?.converted(to: .float32) }
            guard let first = all.first else { return Tensor(0) }
            let out = first.makeBuffer([])
            first.backend.globalNorm(all.map(\.buffer), into: out)
            return Tensor(buffer: out)
        }
    }
}
