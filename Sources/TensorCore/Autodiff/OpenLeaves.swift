/// Which leaves of a graph still wait for gradients while the backward pass walks it.
///
/// A leaf is the oldest node of its graph and would be visited last, but its gradient is complete when the last node that it is an
/// input of was visited. Parts that are run again (``checkpointed(_:_:)``) name their parameters only then: with such parts ahead, no leaf
/// is complete.
struct OpenLeaves {
    private var uses: [ObjectIdentifier: Int] = [:]
    private var replays = 0
    /// Leaves without a use ahead that wait for the last part that is run again.
    private var waiting: [Node] = []
    /// What the node before needs to be counted down by: its inputs may be gone after its visit.
    private var last: (inputs: [Node?], isReplay: Bool) = ([], false)

    /// Counts the uses of all nodes of a graph.
    init(_ nodes: [Node]) {
        for node in nodes {
            for case let input? in node.currentInputs { uses[ObjectIdentifier(input), default: 0] += 1 }
            if node.isReplay { replays += 1 }
        }
    }

    /// Called when the walk comes to a node, before its visit.
    ///
    /// - Returns: the leaves that the visit of the node before completed.
    mutating func visit(_ node: Node) -> [Node] {
        var closed: [Node] = []
        if last.isReplay { replays -= 1 }
        for case let input? in last.inputs {
            let key = ObjectIdentifier(input)
            guard let left = uses[key] else { continue }
            uses[key] = left - 1
            if left == 1, input.isLeaf { waiting.append(input) }
        }
        last = (node.currentInputs, node.isReplay)
        if replays == 0 { swap(&closed, &waiting) }
        return closed
    }
}

extension Node {
    fileprivate var isLeaf: Bool { currentState.isLeaf }

    fileprivate var isReplay: Bool {
        if case .replay = currentState.pullback { true } else { false }
    }
}
