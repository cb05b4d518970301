internal import CMPI
internal import Synchronization

/// The ranks of `mpirun`, `srun` or another launcher, by MPI.
///
/// There is one in a process: MPI has one world.
public final class MPICommunicator: Communicator {
    /// Whether MPI is in this build (the package trait `MPI`).
    public static var isBuilt: Bool { fss_mpi_is_built() == 1 }

    public let rank: Int
    public let size: Int
    public let node: Int
    public let nodeCount: Int
    private let counters = Atomic(0)
    let sums = Atomic(0)

    /// Joins the other ranks, which all do the same.
    ///
    /// - Parameter silence: seconds after which a rank that does not say that it lives is taken for lost. All ranks end then.
    /// - Throws: ``CommunicationError/failed(call:reason:)`` without MPI in this build, and what MPI says.
    public init(silence: Int = 20) throws(CommunicationError) {
        try Self.check(fss_mpi_start(Int32(silence)), "start")
        rank = Int(fss_mpi_rank())
        size = Int(fss_mpi_size())
        node = Int(fss_mpi_node())
        nodeCount = Int(fss_mpi_node_count())
    }

    public var traffic: CommunicationTraffic {
        var (bytes, nanoseconds): (Int64, Int64) = (0, 0)
        fss_mpi_traffic(&bytes, &nanoseconds)
        var traffic = CommunicationTraffic()
        (traffic.bytes, traffic.seconds) = (Int(bytes), Double(nanoseconds) / 1e9)
        var (underWay, waited): (Int64, Int64) = (0, 0)
        fss_mpi_sum_times(&underWay, &waited)
        (traffic.sumSeconds, traffic.sumWaitSeconds) = (Double(underWay) / 1e9, Double(waited) / 1e9)
        return traffic
    }

    public func barrier() throws(CommunicationError) { try Self.check(fss_mpi_barrier(), "barrier") }

    public func broadcast(_ bytes: [UInt8], from root: Int) throws(CommunicationError) -> [UInt8] {
        var count = Int64(bytes.count)
        var code = withUnsafeMutableBytes(of: &count) { fss_mpi_broadcast($0.baseAddress, Int64($0.count), Int32(root)) }
        try Self.check(code, "broadcast")
        var copy = rank == root ? bytes : [UInt8](repeating: 0, count: Int(count))
        code = copy.withUnsafeMutableBytes { fss_mpi_broadcast($0.baseAddress, Int64($0.count), Int32(root)) }
        try Self.check(code, "broadcast")
        return copy
    }

    public func gather(_ bytes: [UInt8]) throws(CommunicationError) -> [[UInt8]] {
        var counts = [Int64](repeating: 0, count: size)
        var own = Int64(bytes.count)
        let sizes = [Int64](repeating: Int64(MemoryLayout<Int64>.size), count: size)
        try Self.check(fss_mpi_all_gather(&own, &counts, sizes), "gather")
        var all = [UInt8](repeating: 0, count: Int(counts.reduce(0, +)))
        try Self.check(fss_mpi_all_gather(bytes, &all, counts), "gather")
        var parts: [[UInt8]] = []
        var place = 0
        for count in counts {
            parts.append(Array(all[place..<(place + Int(count))]))
            place += Int(count)
        }
        return parts
    }

    public func send(_ bytes: [UInt8], to target: Int) throws(CommunicationError) {
        try Self.check(fss_mpi_send(bytes, Int64(bytes.count), Int32(target)), "send")
    }

    public func received() throws(CommunicationError) -> (bytes: [UInt8], source: Int)? {
        var (count, source): (Int64, Int32) = (-1, 0)
        try Self.check(fss_mpi_waiting(&count, &source), "receive")
        guard count >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        try Self.check(fss_mpi_receive(&bytes, count, source), "receive")
        return (bytes, Int(source))
    }

    public func makeCounter() -> Int { counters.add(1, ordering: .relaxed).oldValue }

    public func take(from counter: Int) throws(CommunicationError) -> Int {
        var number: Int64 = 0
        try Self.check(fss_mpi_take(Int64(counter), &number), "take")
        return Int(number)
    }

    public func abort(_ code: Int32) { fss_mpi_abort(code) }

    /// Leaves, after all others came here, too. Nothing can be sent any more.
    public func finish() throws(CommunicationError) { try Self.check(fss_mpi_finish(), "finish") }

    static func check(_ code: Int32, _ call: String) throws(CommunicationError) {
        guard code != 0 else { return }
        var text = [CChar](repeating: 0, count: 512)
        fss_mpi_describe(code, &text, text.count)
        let words = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        throw .failed(call: call, reason: String(decoding: words, as: UTF8.self))
    }
}
