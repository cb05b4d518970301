internal import CMPI

/// The processors of a machine and who of its ranks may run where: how many threads each of them should have.
public struct ProcessorShare: Sendable, Hashable, Codable {
    /// The machine, from 0.
    public var node: Int
    /// Its name.
    public var host: String
    /// The numbers of the processors that the rank may run on.
    public var processors: [Int]

    /// Describes a rank.
    public init(node: Int, host: String, processors: [Int]) {
        self.node = node
        self.host = host
        self.processors = processors
    }

    /// The processors that this process may run on: what `taskset`, a container or a launcher left to it.
    public static var allowedProcessors: [Int] {
        var mask = [UInt8](repeating: 0, count: 1024)
        _ = fss_allowed_processors(&mask, mask.count)
        return mask.indices.filter { mask[$0] == 1 }
    }

    /// Threads of a rank so that its machine is full and not more: processors that ranks share are shared evenly.
    ///
    /// - Parameter shares: of all ranks.
    public static func threads(of rank: Int, _ shares: [ProcessorShare]) -> Int {
        let neighbours = shares.filter { $0.node == shares[rank].node }
        var users: [Int: Int] = [:]
        for share in neighbours { for processor in share.processors { users[processor, default: 0] += 1 } }
        // Thirds of processors add up to whole ones in spite of rounding.
        let own = shares[rank].processors.reduce(0.0) { $0 + 1 / Double(users[$1] ?? 1) }
        return max(Int(own + 1e-6), 1)
    }
}
