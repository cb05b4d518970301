internal import Synchronization

/// One recorded operation of the graph: its inputs' nodes, and how a gradient of its result becomes theirs.
///
/// Nodes number themselves as they are made, so that descending numbers are a topological order. A pullback captures
/// plain values, never tensors with nodes: the only links are ``inputs``, which are released iteratively (a recursive
/// release overflows a 512 KiB stack at about 10 000 nodes).
final class Node: Sendable {
    enum Pullback: Sendable {
        /// A tensor that gradients are asked for.
        case leaf
        /// Maps the gradient of the result to one gradient an input (nil where an input takes none).
        case function(@Sendable (Tensor) -> [Tensor?])
        /// Re-runs a part of the model; returns gradients of nodes that only exist then (see Checkpointing).
        case replay(@Sendable (Tensor) -> (inputs: [Tensor?], leaves: [(Node, Tensor)]))
        /// Dropped by a backward pass that did not retain the graph.
        case released
    }

    struct State: Sendable {
        var inputs: [Node?]
        var pullback: Pullback
    }

    private static let counter = Atomic<Int>(0)

    let number: Int
    private let state: Guarded<State>

    init(inputs: [Node?], pullback: Pullback) {
        number = Node.counter.wrappingAdd(1, ordering: .relaxed).newValue
        state = Guarded(State(inputs: inputs, pullback: pullback))
    }

    convenience init() { self.init(inputs: [], pullback: .leaf) }

    /// What the backward pass needs; leaves and retained graphs keep it.
    func visit(retaining: Bool) -> State {
        state.withLock { state in
            let current = state
            if !retaining, !current.isLeaf { state = State(inputs: [], pullback: .released) }
            return current
        }
    }

    var currentState: State { state.withLock { $0 } }

    var currentInputs: [Node?] { state.withLock { $0.inputs } }

    private func takeInputs() -> [Node?] {
        state.withLock { state in
            defer { state = State(inputs: [], pullback: .released) }
            return state.inputs
        }
    }

    deinit {
        var pending = takeInputs()
        Node.release(&pending)
    }

    /// Releases nodes without recursion, however long the chain behind them.
    ///
    /// Each node is moved out of the list, never copied: a second reference would hide that the list holds the last one.
    static func release(_ pending: inout [Node?]) {
        while !pending.isEmpty {
            var node: Node?
            swap(&node, &pending[pending.count - 1])
            pending.removeLast()
            if isKnownUniquelyReferenced(&node), let inputs = node?.takeInputs() { pending.append(contentsOf: inputs) }
        }
    }
}

extension Node.State {
    var isLeaf: Bool { if case .leaf = pullback { true } else { false } }
}
