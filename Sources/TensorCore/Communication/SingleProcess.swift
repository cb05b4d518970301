internal import Synchronization

/// The communicator of a process that is alone.
public final class SingleProcess: Communicator {
    private let counters = Mutex<[Int]>([])

    /// A run of one process.
    public init() {}

    public var rank: Int { 0 }
    public var size: Int { 1 }
    public var node: Int { 0 }
    public var nodeCount: Int { 1 }
    public var traffic: CommunicationTraffic { CommunicationTraffic() }

    public func barrier() {}
    public func broadcast(_ bytes: [UInt8], from root: Int) -> [UInt8] { bytes }
    public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
    public func sum(_ terms: TreeSum<Tensor>) -> Tensor { terms.total }
    /// Nobody is there to send to.
    public func send(_ bytes: [UInt8], to target: Int) {
        require(false, "SingleProcess.send", "there is no rank \(target)")
    }
    public func received() -> (bytes: [UInt8], source: Int)? { nil }

    public func makeCounter() -> Int {
        counters.withLock { counters in
            counters.append(0)
            return counters.count - 1
        }
    }

    public func take(from counter: Int) -> Int {
        counters.withLock { counters in
            defer { counters[counter] += 1 }
            return counters[counter]
        }
    }

    /// The error that is thrown ends the process.
    public func abort(_ code: Int32) {}
}
