internal import CMPI

extension MPICommunicator {
    /// Every rank gets a part of all nodes, adds it up along the tree and gives the sum to the others: about twice the length of a
    /// term is sent, whatever the number of ranks, where blocks are whole subtrees.
    public func sum(_ terms: TreeSum<Tensor>) throws(CommunicationError) -> Tensor {
        guard let first = terms.nodes.first else {
            throw .failed(
                call: "sum", reason: "rank \(rank) has none of \(terms.count) terms; start at most \(terms.count) ranks")
        }
        let length = first.value.count
        let own = Ranks.block(of: length, self)
        var counts = [Int64](repeating: 0, count: size)
        var all = [Float](repeating: 0, count: length)
        if size == 1 { return terms.total }
        let received = try exchanged(terms.nodes.map(\.value.scalars), length: length, leaves: terms.count)
        let sum = Self.total(of: received, length: own.count, leaves: terms.count, ranks: size)
        for rank in 0..<size {
            counts[rank] = Int64(Ranks.block(of: length, rank, in: size).count * MemoryLayout<Float>.size)
        }
        try Self.check(fss_mpi_all_gather(sum, &all, counts), "sum")
        return Tensor(all, shape: first.value.shape, beside: first.value)
    }

    /// The own part of all ranks' nodes, rank by rank, node by node.
    private func exchanged(_ nodes: [[Float]], length: Int, leaves: Int) throws(CommunicationError) -> [Float] {
        var sent: [Float] = []
        sent.reserveCapacity(nodes.count * length)
        var (sending, receiving): ([Int64], [Int64]) = ([], [])
        let own = Ranks.block(of: length, self).count
        for rank in 0..<size {
            let part = Ranks.block(of: length, rank, in: size)
            for node in nodes { sent.append(contentsOf: node[part]) }
            sending.append(Int64(nodes.count * part.count))
            let theirs = TreeSum<Void>.nodes(of: Ranks.block(of: leaves, rank, in: size), in: leaves)
            receiving.append(Int64(theirs.count * own))
        }
        var received = [Float](repeating: 0, count: Int(receiving.reduce(0, +)))
        try Self.check(fss_mpi_exchange(sent, sending, &received, receiving), "sum")
        return received
    }

    /// Adds up nodes of `length` floats, as ``exchanged(_:length:leaves:)`` has them.
    static func total(of nodes: [Float], length: Int, leaves: Int, ranks: Int) -> [Float] {
        var sum = TreeSum<[Float]>(of: leaves) { left, right in
            [Float](unsafeUninitializedCapacity: length) { target, count in
                for index in 0..<length { target[index] = left[index] + right[index] }
                count = length
            }
        }
        var place = 0
        for rank in 0..<ranks {
            for node in TreeSum<Void>.nodes(of: Ranks.block(of: leaves, rank, in: ranks), in: leaves) {
                let values = Array(nodes[place..<(place + length)])
                sum.add(.init(level: node.level, index: node.index, value: values))
                place += length
            }
        }
        return sum.total
    }
}
