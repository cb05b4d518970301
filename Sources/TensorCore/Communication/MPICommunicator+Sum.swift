internal import CMPI
internal import Synchronization

extension MPICommunicator {
    public func sum(_ terms: TreeSum<Tensor>) throws(CommunicationError) -> Tensor { try beginSum(terms).finish() }

    /// Every rank gets a part of all nodes, adds it up along the tree and gives the sum to the others: about twice the length of a
    /// term is sent, whatever the number of ranks, where blocks are whole subtrees. A thread of `CMPI` carries it on.
    public func beginSum(_ terms: TreeSum<Tensor>) throws(CommunicationError) -> any SumUnderWay {
        guard let first = terms.nodes.first else {
            throw .failed(
                call: "sum", reason: "rank \(rank) has none of \(terms.count) terms; start at most \(terms.count) ranks")
        }
        if size == 1 { return FinishedSum(total: terms.total) }
        let nodes = TreeAdditions(leaves: terms.count, ranks: size)
        let blocks = terms.nodes.count == 1 ? first.value.scalars : terms.nodes.flatMap { $0.value.scalars }
        // A number comes again after thousands of sums, when the earlier one was finished long ago.
        let number = sums.add(1, ordering: .relaxed).oldValue % Int(FSS_MPI_SUM_NUMBERS)
        var sum: OpaquePointer?
        let code = fss_mpi_sum_begin(
            blocks, nodes.counts, Int64(first.value.count), nodes.pairs, Int64(nodes.pairs.count / 2), Int32(nodes.result),
            Int32(number), &sum)
        try Self.check(code, "sum")
        return MPISum(sum: sum, like: first.value)
    }
}

/// A sum that `CMPI` carries. One that an error leaves behind keeps its memory: the rank ends, and must not wait for others first.
private final class MPISum: SumUnderWay {
    private var sum: OpaquePointer?
    private let like: Tensor

    init(sum: OpaquePointer?, like: Tensor) { (self.sum, self.like) = (sum, like) }

    func finish() throws(CommunicationError) -> Tensor {
        require(sum != nil, "SumUnderWay.finish", "the sum was taken before")
        var total = [Float](repeating: 0, count: like.count)
        let code = fss_mpi_sum_finish(sum, &total)
        sum = nil
        try MPICommunicator.check(code, "sum")
        return Tensor(total, shape: like.shape, beside: like)
    }
}

/// The additions that finish a tree whose leaves were added up in blocks, one a rank: what ranks without the tree need to know of it.
struct TreeAdditions {
    /// The nodes of each rank.
    private(set) var counts: [Int64] = []
    /// Numbers of nodes of all ranks, two by two and in order: the second is added to the first.
    private(set) var pairs: [Int32] = []
    /// Where the sum is then.
    private(set) var result = 0

    init(leaves: Int, ranks: Int) {
        var pairs: [Int32] = []
        var sum = TreeSum<Int>(of: leaves) { left, right in
            pairs += [Int32(left), Int32(right)]
            return left
        }
        var place = 0
        for rank in 0..<ranks {
            let nodes = TreeSum<Void>.nodes(of: Ranks.block(of: leaves, rank, in: ranks), in: leaves)
            counts.append(Int64(nodes.count))
            for node in nodes {
                sum.add(.init(level: node.level, index: node.index, value: place))
                place += 1
            }
        }
        result = sum.total
        self.pairs = pairs
    }
}
