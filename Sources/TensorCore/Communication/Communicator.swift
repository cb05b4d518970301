/// The processes of one run, which know each other by numbers, their ranks: rank 0 writes files and talks to people.
///
/// ``SingleProcess`` is the one of a program that was started as usual, ``MPICommunicator`` that of `mpirun` and its kind. Calls
/// that all ranks take part in (``barrier()``, ``broadcast(_:from:)``, ``gather(_:)``, ``sum(_:)``) are made by all ranks in the same
/// order. They block the calling thread. A rank that is lost ends all others, so that nobody waits for ever.
///
/// Sums take tensors and give tensors, so that a communicator between devices (NCCL) need not pass through the host.
public protocol Communicator: Sendable {
    /// The number of this process, from 0.
    var rank: Int { get }
    /// How many processes there are.
    var size: Int { get }
    /// The number of this process' machine, from 0.
    var node: Int { get }
    /// How many machines there are.
    var nodeCount: Int { get }
    /// What this rank sent and waited for so far.
    var traffic: CommunicationTraffic { get }

    /// Waits for all ranks.
    func barrier() throws(CommunicationError)

    /// The bytes of rank `root` at every rank. Other ranks' own bytes do not count.
    func broadcast(_ bytes: [UInt8], from root: Int) throws(CommunicationError) -> [UInt8]

    /// The bytes of all ranks at every rank, in the order of ranks.
    func gather(_ bytes: [UInt8]) throws(CommunicationError) -> [[UInt8]]

    /// The sum of the terms of all ranks along their fixed tree, the same bits at every rank and for any number of ranks.
    ///
    /// - Parameter terms: one-dimensional float32 tensors of one length, a block of leaves ``Ranks/block(of:_:)``. An empty block is
    ///   no sum: there are as many leaves as ranks, or more.
    func sum(_ terms: TreeSum<Tensor>) throws(CommunicationError) -> Tensor

    /// Begins such a sum and does not wait for it, so that it travels while the caller computes. All ranks begin theirs in the same
    /// order; what was begun has to be finished.
    func beginSum(_ terms: TreeSum<Tensor>) throws(CommunicationError) -> any SumUnderWay

    /// Sends a message without waiting for it to be read.
    func send(_ bytes: [UInt8], to target: Int) throws(CommunicationError)

    /// The next message that arrived, with its sender; nil where none did.
    func received() throws(CommunicationError) -> (bytes: [UInt8], source: Int)?

    /// A counter that begins at 0, for ``take(from:)``. All ranks make theirs in the same order.
    func makeCounter() throws(CommunicationError) -> Int

    /// The next number of a counter that all ranks share, from 0: whoever is free takes the next piece of work.
    func take(from counter: Int) throws(CommunicationError) -> Int

    /// Ends all ranks at once with an exit code.
    func abort(_ code: Int32)
}

extension Communicator {
    /// Whether this is the rank that writes files and talks to people.
    public var isFirst: Bool { rank == 0 }
}

extension Communicator {
    /// Takes the sum at once: for communicators that cannot compute beside it.
    public func beginSum(_ terms: TreeSum<Tensor>) throws(CommunicationError) -> any SumUnderWay {
        FinishedSum(total: try sum(terms))
    }
}

/// A sum that was begun, see ``Communicator/beginSum(_:)``.
public protocol SumUnderWay {
    /// Waits for the sum; asked once.
    func finish() throws(CommunicationError) -> Tensor
}

/// A sum that is there.
struct FinishedSum: SumUnderWay {
    let total: Tensor

    func finish() -> Tensor { total }
}

/// What one rank sent, and how long it waited for others.
public struct CommunicationTraffic: Sendable, Hashable, Codable {
    /// Bytes that were sent.
    public var bytes = 0
    /// Seconds spent waiting in calls.
    public var seconds = 0.0
    /// Seconds in which sums were under way, whether this rank computed beside them or waited.
    public var sumSeconds = 0.0
    /// Those of them in which it waited.
    public var sumWaitSeconds = 0.0

    /// Nothing yet.
    public init() {}

    /// The share of the sums' time that was hidden behind computation, 0...1; nil where there was none.
    public var hiddenShare: Double? {
        sumSeconds > 0 ? min(max(1 - sumWaitSeconds / sumSeconds, 0), 1) : nil
    }

    /// What came after an earlier reading.
    public static func - (later: CommunicationTraffic, earlier: CommunicationTraffic) -> CommunicationTraffic {
        var rest = later
        rest.bytes -= earlier.bytes
        rest.seconds -= earlier.seconds
        rest.sumSeconds -= earlier.sumSeconds
        rest.sumWaitSeconds -= earlier.sumWaitSeconds
        return rest
    }
}

/// How work is split by rank where it is not taken by whoever is free.
public enum Ranks {
    /// The block of a rank: consecutive numbers below `count`, sizes that differ by one at most.
    public static func block(of count: Int, _ rank: Int, in size: Int) -> Range<Int> {
        (rank * count / size)..<((rank + 1) * count / size)
    }

    /// The block of this rank.
    public static func block(of count: Int, _ communicator: any Communicator) -> Range<Int> {
        block(of: count, communicator.rank, in: communicator.size)
    }
}

/// Why ranks cannot work together.
public enum CommunicationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// MPI refused a call.
    case failed(call: String, reason: String)
    /// The process was started by a launcher and cannot join the others.
    case notBuilt(size: Int?, launcher: String)
    /// The ranks do not agree on what must be the same.
    case differs(what: String, rank: Int, host: String, found: String, expected: String)

    public var description: String {
        switch self {
        case .failed(let call, let reason): "the ranks cannot talk to each other: \(call): \(reason)"
        case .notBuilt(let size, let launcher):
            "\(launcher) started \(size.map { "\($0) processes" } ?? "this process"), but this build has no MPI and would run as often, each "
                + "alone; install it with Scripts/bootstrap.sh --with mpi (Debian: libopenmpi-dev openmpi-bin) and build with "
                + "swift build --configuration release --traits default,MPI, or start one process without \(launcher)"
        case .differs(let what, let rank, let host, let found, let expected):
            "rank \(rank) on \(host) has another \(what) than rank 0: found \(found), expected \(expected); give all ranks the same"
        }
    }

    /// Whether every rank found the same error, so that one of them is enough to tell it.
    public var isShared: Bool {
        if case .failed = self { false } else { true }
    }
}
