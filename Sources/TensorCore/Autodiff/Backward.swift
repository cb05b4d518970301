/// Computes a scalar and its gradients.
///
/// ```swift
/// let (loss, gradients) = valueAndGradient { model(x).squared().mean() }
/// optimizer.step(model.parameters, gradients: gradients)
/// ```
/// The graph is dropped as it is walked, so that memory falls while the backward pass runs.
public func valueAndGradient(_ body: () throws -> Tensor) rethrows -> (value: Tensor, gradients: Gradients) {
    let result = try GradientMode.$isRecording.withValue(true, operation: body)
    return (result.detached(), result.gradients())
}

/// Computes a scalar and its gradients, and tells of every leaf as soon as its gradient is complete, while the backward pass goes on.
///
/// - Parameter complete: takes a leaf and its gradient, nil where the scalar depends on it without one. Each leaf comes once.
func valueAndGradient(
    _ body: () throws -> Tensor, complete: @escaping (Node, Tensor?) -> Void
) rethrows -> (value: Tensor, gradients: Gradients) {
    let result = try GradientMode.$isRecording.withValue(true, operation: body)
    guard let node = result.node else { return (result.detached(), Gradients()) }
    require(result.count == 1, "gradients", "expected a scalar, found shape \(result.shape)")
    let gradients = GradientMode.$isRecording.withValue(false) {
        Backward.run(from: node, seed: result.detached().filled(with: 1), retainingGraph: false, complete: complete)
    }
    return (result.detached(), gradients)
}

extension Tensor {
    /// The gradients of this tensor with respect to every leaf behind it.
    ///
    /// - Parameters:
    ///   - seed: the gradient of the final result with respect to this tensor; ones of a scalar by default.
    ///   - retainingGraph: keeps the graph for another call; otherwise it is released on the way.
    /// - Precondition: the tensor is a scalar where no seed is given.
    public func gradients(seed: Tensor? = nil, retainingGraph: Bool = false) -> Gradients {
        require(
            seed != nil || count == 1, "gradients", "expected a scalar or a seed gradient, found shape \(shape)")
        guard let node else { return Gradients() }
        let operands = Operands("gradients", self, "result")
        let given = seed.map { operands.floating($0, "seed", where: $0.shape == shape, "the shape of result") }
        let start = given?.detached().converted(to: dtype) ?? filled(with: 1)
        return GradientMode.$isRecording.withValue(false) {
            Backward.run(from: node, seed: start, retainingGraph: retainingGraph)
        }
    }
}

enum Backward {
    /// Walks the graph from `root` in descending node number, which is a topological order.
    static func run(
        from root: Node, seed: Tensor, retainingGraph: Bool, complete: ((Node, Tensor?) -> Void)? = nil
    ) -> Gradients {
        let order = reachable(from: root)
        var pending: [ObjectIdentifier: Tensor] = [ObjectIdentifier(root): seed]
        var result = Gradients()
        var open = complete.map { _ in OpenLeaves(order) }
        for node in order {
            if let closed = open?.visit(node), let complete {
                // What comes to the leaf by consumers is in `pending` until its own turn, which keeps the order of sums.
                for leaf in closed {
                    let key = ObjectIdentifier(leaf)
                    let (known, own) = (result.byLeaf[key], pending[key])
                    complete(leaf, known.map { present in own.map { present.scaled(adding: $0) } ?? present } ?? own)
                }
            }
            guard let gradient = pending.removeValue(forKey: ObjectIdentifier(node)) else { continue }
            let state = node.visit(retaining: retainingGraph)
            switch state.pullback {
            case .leaf:
                result.add(gradient, to: node)
            case .function(let pullback):
                accumulate(pullback(gradient), into: &pending, inputs: state.inputs)
            case .replay(let replay):
                let (inputs, leaves) = replay(gradient)
                accumulate(inputs, into: &pending, inputs: state.inputs)
                for (leaf, leafGradient) in leaves { result.add(leafGradient, to: leaf) }
            case .released:
                failure("gradients", "the graph was released by an earlier call; pass retainingGraph: true there")
            }
        }
        return result
    }

    private static func accumulate(
        _ gradients: [Tensor?], into pending: inout [ObjectIdentifier: Tensor], inputs: [Node?]
    ) {
        for (input, gradient) in zip(inputs, gradients) {
            guard let input, let gradient else { continue }
            let key = ObjectIdentifier(input)
            if let present = pending[key] {
                pending[key] = present.scaled(adding: gradient)
            } else {
                pending[key] = gradient
            }
        }
    }

    /// Every node behind `root`, latest first.
    private static func reachable(from root: Node) -> [Node] {
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)]
        var order = [root]
        var next = 0
        while next < order.count {
            for case let input? in order[next].currentInputs where seen.insert(ObjectIdentifier(input)).inserted {
                order.append(input)
            }
            next += 1
        }
        return order.sorted { $0.number > $1.number }
    }
}

extension Gradients {
    mutating func add(_ gradient: Tensor, to leaf: Node) {
        let key = ObjectIdentifier(leaf)
        if let present = byLeaf[key] {
            byLeaf[key] = present.scaled(adding: gradient)
        } else {
            byLeaf[key] = gradient
            leaves.append(leaf)
        }
    }
}
