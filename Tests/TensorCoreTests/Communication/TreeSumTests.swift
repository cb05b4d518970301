import Testing

@testable import TensorCore

/// The order of a sum over ranks, without ranks.
@Suite("Sums along a fixed tree")
struct TreeSumTests {
    private static func values(_ count: Int, length: Int) -> [[Float]] {
        var random = TorchRandom(seed: 7)
        return (0..<count).map { _ in random.normals(length).map { $0 * 1e3 } }
    }

    /// The text of a sum shows its order.
    private static func text(_ count: Int, blocks: [Range<Int>]) -> String {
        var whole = TreeSum<String>(of: count) { "(\($0) \($1))" }
        for block in blocks {
            var part = TreeSum<String>(of: count) { "(\($0) \($1))" }
            for leaf in block { part.add("\(leaf)", at: leaf) }
            part.nodes.forEach { whole.add($0) }
        }
        return whole.total
    }

    @Test("Neighbours are added first, and a node without one stands for both")
    func order() {
        #expect(Self.text(1, blocks: [0..<1]) == "0")
        #expect(Self.text(4, blocks: [0..<4]) == "((0 1) (2 3))")
        #expect(Self.text(5, blocks: [0..<5]) == "(((0 1) (2 3)) 4)")
        #expect(Self.text(7, blocks: [0..<7]) == "(((0 1) (2 3)) ((4 5) 6))")
    }

    @Test("Blocks are cut anywhere and the order stays", arguments: 1...13)
    func blocks(_ count: Int) {
        let whole = Self.text(count, blocks: [0..<count])
        for ranks in 1...count {
            let blocks = (0..<ranks).map { Ranks.block(of: count, $0, in: ranks) }
            #expect(blocks.first?.lowerBound == 0 && blocks.last?.upperBound == count)
            #expect(Self.text(count, blocks: blocks) == whole, "\(ranks) ranks")
            for block in blocks {
                var part = TreeSum<String>(of: count) { $0 + $1 }
                for leaf in block { part.add("\(leaf)", at: leaf) }
                let expected = TreeSum<Void>.nodes(of: block, in: count)
                #expect(part.nodes.map(\.level) == expected.map(\.level) && part.nodes.map(\.index) == expected.map(\.index))
            }
        }
    }

    @Test("What a rank adds up of all others' parts has the bits of one process", arguments: [1, 2, 3, 4, 7])
    func bits(_ leaves: Int) {
        let length = 37
        let values = Self.values(leaves, length: length)
        func plus(_ left: [Float], _ right: [Float]) -> [Float] { zip(left, right).map { $0 + $1 } }
        var alone = TreeSum<[Float]>(of: leaves, plus)
        for (leaf, value) in values.enumerated() { alone.add(value, at: leaf) }
        for ranks in 1...leaves {
            var parts: [[Float]] = []
            for rank in 0..<ranks {
                var own = TreeSum<[Float]>(of: leaves, plus)
                for leaf in Ranks.block(of: leaves, rank, in: ranks) { own.add(values[leaf], at: leaf) }
                own.nodes.forEach { parts.append($0.value) }
            }
            let tree = TreeAdditions(leaves: leaves, ranks: ranks)
            #expect(tree.counts.reduce(0, +) == Int64(parts.count))
            for step in stride(from: 0, to: tree.pairs.count, by: 2) {
                let (left, right) = (Int(tree.pairs[step]), Int(tree.pairs[step + 1]))
                parts[left] = plus(parts[left], parts[right])
            }
            let sum = parts[tree.result]
            #expect(sum.map(\.bitPattern) == alone.total.map(\.bitPattern), "\(ranks) ranks")
        }
        // Sums in another order differ, so the comparison above can fail.
        let straight = values.dropFirst().reduce(values[0], plus)
        #expect(leaves < 4 || straight.map(\.bitPattern) != alone.total.map(\.bitPattern))
    }
}
