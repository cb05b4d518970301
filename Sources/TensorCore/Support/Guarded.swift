internal import Synchronization

/// A value behind a mutex.
///
/// On Linux a contended `Mutex` is handed over by the kernel, which the thread sanitizer does not see: it would report
/// what the lock protects. The atomic beside it passes on the same order in a form that it follows, for two plain moves.
struct Guarded<Value: Sendable>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>
    private let handOver = Atomic<Bool>(false)

    init(_ value: Value) { mutex = Mutex(value) }

    /// Runs `body` while no other thread can reach the value.
    func withLock<Result: Sendable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try mutex.withLock { value throws(Failure) in
            _ = handOver.load(ordering: .acquiring)
            defer { handOver.store(true, ordering: .releasing) }
            return try body(&value)
        }
    }
}
