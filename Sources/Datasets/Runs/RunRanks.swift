internal import Foundation
public import TensorCore

/// The processes of one run and how they share their machines.
public struct RunRanks: Sendable {
    /// How they talk.
    public let communicator: any Communicator
    /// Where each of them runs.
    public let shares: [ProcessorShare]

    /// The ranks of a communicator.
    ///
    /// - Throws: `CommunicationError`.
    public init(_ communicator: any Communicator) throws {
        self.communicator = communicator
        shares = try communicator.gathered(Self.share(of: communicator))
    }

    /// A process that is alone.
    public static let alone = RunRanks()

    private init() {
        communicator = SingleProcess()
        shares = [Self.share(of: communicator)]
    }

    /// Joins the ranks that a launcher started; alone without one.
    ///
    /// - Throws: `CommunicationError`, also where this build has no MPI: it says what to install.
    public static func started() throws -> RunRanks { try RunRanks(Launcher.communicator()) }

    /// Refuses to run a command several times at once.
    ///
    /// - Throws: ``RunError/conflict(_:)`` under a launcher of several processes.
    public static func requireAlone(_ command: String) throws(RunError) {
        guard let launcher = Launcher.current, launcher.size != 1 else { return }
        throw .conflict(
            "fss \(command) runs in one process, and \(launcher.name) started \(launcher.size.map(String.init) ?? "several"); start it without."
        )
    }

    private static func share(of communicator: any Communicator) -> ProcessorShare {
        ProcessorShare(
            node: communicator.node, host: ProcessInfo.processInfo.hostName, processors: ProcessorShare.allowedProcessors)
    }

    /// Whether this process writes files and talks to people.
    public var isFirst: Bool { communicator.isFirst }
    /// How many processes there are.
    public var count: Int { communicator.size }
    /// Names this process: "rank 1 of 2 on host".
    public var name: String { "rank \(communicator.rank) of \(count) on \(shares[communicator.rank].host)" }

    /// The ranks on this machine, this one included.
    package var neighbours: Int { shares.count { $0.node == shares[communicator.rank].node } }

    /// Files that this rank works on at once, so that its machine is full and not more.
    public var workers: Int {
        count == 1 ? PrefetchWorkers.standard : ProcessorShare.threads(of: communicator.rank, shares)
    }

    /// Settings with threads for this rank, so that its machine is full and not more. What is asked for stays: an option, or
    /// `OMP_NUM_THREADS`.
    public func settled(_ compute: ComputeSettings) -> ComputeSettings {
        let isSet = ProcessInfo.processInfo.environment["OMP_NUM_THREADS"] != nil
        guard count > 1, compute.threads == nil, !isSet else { return compute }
        var compute = compute
        compute.threads = ProcessorShare.threads(of: communicator.rank, shares)
        return compute
    }

    /// What people should know before the work begins: ranks, machines and threads, and whether ranks fight for processors. Empty
    /// for a process that is alone. Every rank calls it, after the settings were applied.
    ///
    /// - Throws: `CommunicationError`.
    public func notes() throws -> [String] {
        guard count > 1 else { return [] }
        let threads = try communicator.gathered(Devices.current.threadCount)
        return Self.notes(shares, threads: threads)
    }

    /// The notes of ranks with so many threads.
    static func notes(_ shares: [ProcessorShare], threads: [Int]) -> [String] {
        let nodes = Dictionary(grouping: shares.indices, by: { shares[$0].node }).sorted { $0.key < $1.key }.map(\.value)
        let hosts = nodes.map { shares[$0[0]].host }
        let kinds = Set(threads).sorted()
        let each = kinds.count == 1 ? "\(kinds[0])" : "\(kinds[0]) to \(kinds[kinds.count - 1])"
        let places = nodes.count == 1 ? "one machine (\(hosts[0]))" : "\(nodes.count) machines (\(hosts.joined(separator: ", ")))"
        var notes = ["\(shares.count) ranks on \(places), \(each) thread\(each == "1" ? "" : "s") each"]
        for node in nodes {
            let processors = Set(node.flatMap { shares[$0].processors }).count
            let wanted = node.reduce(0) { $0 + threads[$1] }
            guard wanted > processors else { continue }
            notes.append(
                "\(shares[node[0]].host): \(wanted) threads of \(node.count) ranks fight for \(processors) processors; start fewer ranks, or give "
                    + "each fewer threads with --threads or OMP_NUM_THREADS")
        }
        return notes
    }

    /// Refuses to begin where ranks do not agree on what decides the results.
    ///
    /// - Parameter facts: names with values or digests, such as the version, in the same order at every rank.
    /// - Throws: `CommunicationError.differs(what:rank:host:found:expected:)` at every rank.
    public func requireSame(_ facts: [(what: String, value: String)]) throws {
        guard count > 1 else { return }
        let all = try communicator.gathered(facts.map { [$0.what, $0.value] })
        for (rank, other) in all.enumerated() {
            for (found, expected) in zip(other, all[0]) where found != expected {
                throw CommunicationError.differs(
                    what: expected[0], rank: rank, host: shares[rank].host, found: found[1], expected: expected[1])
            }
        }
    }

    /// What decides a run beside its data: the version, what computes and in how many threads, and the settings by their digest.
    ///
    /// - Throws: as ``requireSame(_:)``.
    public func requireSame<Settings>(_ manifest: RunManifest<Settings>) throws {
        guard count > 1 else { return }
        let compute = manifest.compute
        try requireSame(
            [
                ("version", compute.libraryVersion), ("computing library", compute.backend), ("device", compute.device ?? ""),
                ("number of threads", "\(compute.threads)"), ("precision", compute.precision.rawValue),
                ("seed", "\(compute.seed)"),
            ]
                + manifest.backbones.map { ("content of \($0.name)'s weights", $0.sha256) }
                + manifest.checkpoints.map { ("content of \($0.path)", $0.sha256) }
                + [("settings or data", SHA256.hex(try TextFile.json(manifest.settings)))])
    }

    /// What the first rank found, at every rank.
    ///
    /// - Throws: `CommunicationError`; ``RunError`` where the first rank found nothing.
    package func fromFirst<Value: Codable>(_ value: Value?) throws -> Value {
        let all = try communicator.shared([value].compactMap(\.self))
        guard let value = all.first else { throw RunError.conflict("the first rank has no result to share") }
        return value
    }

    /// Lets the first rank do something before the others do the same, so that they find what it keeps.
    ///
    /// - Throws: what `work` throws, `CommunicationError`.
    func firstThenOthers<Value>(_ work: () throws -> Value) throws -> Value {
        if !isFirst { try communicator.barrier() }
        let value = try work()
        if isFirst { try communicator.barrier() }
        return value
    }

    /// Leaves at the end of a command, after all others. Does nothing for a process that is alone.
    public func finish() throws { try (communicator as? MPICommunicator)?.finish() }

    /// Ends all other ranks because this one cannot go on. Where several have the same reason, the first is heard alone.
    ///
    /// - Parameters:
    ///   - code: the exit code of all.
    ///   - patience: seconds that the others leave to the first.
    ///   - tell: says why.
    public func fail(_ code: Int32, patience: Double = 3, _ tell: () -> Void) {
        guard count > 1 else { return tell() }
        if !isFirst { Thread.sleep(forTimeInterval: patience) }
        tell()
        communicator.abort(code)
    }
}
