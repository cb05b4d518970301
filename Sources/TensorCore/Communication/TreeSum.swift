/// A sum whose order is fixed by the number of its terms alone.
///
/// Terms are the leaves of a binary tree. Whoever has a block of neighbouring leaves adds up what lies whole in it; who has
/// the nodes of all blocks finishes the sum. Floating-point sums depend on their order, so this is what makes the sum over several
/// processes equal that of one to the bit, wherever the blocks are cut.
///
/// ```swift
/// var sum = TreeSum(of: 4, +)
/// for (leaf, value) in values.enumerated() { sum.add(value, at: leaf) }
/// sum.total    // (v0 + v1) + (v2 + v3)
/// ```
public struct TreeSum<Value> {
    /// A sum of the leaves `index << level` up to the next node of the level.
    public struct Node {
        /// 0 for a leaf.
        public var level: Int
        /// From 0 in each level.
        public var index: Int
        /// The sum.
        public var value: Value
    }

    /// Leaves in all.
    public let count: Int
    /// What was added up so far, from the left to the right; no two of them form a node together.
    public private(set) var nodes: [Node] = []
    private let plus: (Value, Value) -> Value

    /// No terms yet.
    ///
    /// - Precondition: at least one leaf.
    public init(of count: Int, _ plus: @escaping (Value, Value) -> Value) {
        require(count > 0, "TreeSum", "count is \(count), expected at least 1")
        self.count = count
        self.plus = plus
    }

    /// Adds a leaf's term.
    ///
    /// - Precondition: terms come from the left to the right, without gaps.
    public mutating func add(_ value: Value, at leaf: Int) { add(Node(level: 0, index: leaf, value: value)) }

    /// Adds a node of another block of the same tree.
    ///
    /// - Precondition: nodes come from the left to the right, without gaps.
    public mutating func add(_ node: Node) {
        let first = node.index << node.level
        require(
            first < count && (nodes.last.map(end) ?? first) == first, "TreeSum",
            "term \(first) of \(count) does not follow \(nodes.last.map { "\(end(of: $0) - 1)" } ?? "nothing")")
        nodes.append(node)
        while joinLast() {}
    }

    /// Joins the last node with its sibling; one without a sibling stands for both.
    private mutating func joinLast() -> Bool {
        guard let last = nodes.last else { return false }
        let parent = (level: last.level + 1, index: last.index / 2)
        if last.index % 2 == 1 {
            guard nodes.count > 1, nodes[nodes.count - 2].level == last.level else { return false }
            let left = nodes[nodes.count - 2]
            nodes.removeLast(2)
            nodes.append(Node(level: parent.level, index: parent.index, value: plus(left.value, last.value)))
            return true
        }
        let isRoot = last.index == 0 && (1 << last.level) >= count
        guard !isRoot, (last.index + 1) << last.level >= count else { return false }
        nodes[nodes.count - 1] = Node(level: parent.level, index: parent.index, value: last.value)
        return true
    }

    /// The leaf after a node's last one.
    private func end(of node: Node) -> Int { min((node.index + 1) << node.level, count) }

    /// Whether all leaves are in.
    public var isComplete: Bool { nodes.count == 1 && nodes[0].index == 0 && (1 << nodes[0].level) >= count }

    /// The sum.
    ///
    /// - Precondition: all leaves are in.
    public var total: Value {
        require(isComplete, "TreeSum.total", "of \(count) terms some are missing")
        return nodes[0].value
    }
}

extension TreeSum.Node: Sendable where Value: Sendable {}

extension TreeSum<Void> {
    /// The nodes that a block of leaves adds up to, without values.
    static func nodes(of block: Range<Int>, in count: Int) -> [Node] {
        var sum = TreeSum(of: count) { _, _ in }
        for leaf in block { sum.add((), at: leaf) }
        return sum.nodes
    }
}
