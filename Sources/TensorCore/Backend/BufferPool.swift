/// Host memory by size class, kept for the next request: training asks for the same sizes at every step.
///
/// Blocks are aligned to 64 bytes and rounded up to a quarter of a power of two (at most 25 % waste). At most
/// `capacity` idle bytes are kept; beyond that memory goes back to the system.
final class BufferPool: Sendable {
    private struct State {
        var idle: [Int: [UInt]] = [:]
        var idleBytes = 0
        var usage = MemoryUsage()

        mutating func count(taken size: Int) {
            usage.liveBytes += size
            usage.peakBytes = max(usage.peakBytes, usage.liveBytes)
        }
    }

    private let capacity: Int
    private let state = Guarded(State())

    init(capacity: Int) {
        #if FSS_EXACT_BUFFERS
        self.capacity = 0
        #else
        self.capacity = capacity
        #endif
    }

    /// The block size that serves a request.
    static func blockSize(for byteCount: Int) -> Int {
        #if FSS_EXACT_BUFFERS
        // For AddressSanitizer: nothing lies between the last byte of a tensor and the end of its block.
        return max(byteCount, 1)
        #else
        let minimum = max(byteCount, 64)
        let floorPower = 1 << (Int.bitWidth - 1 - minimum.leadingZeroBitCount)
        if floorPower == minimum { return minimum }
        let quarter = max(floorPower / 4, 64)
        return (minimum + quarter - 1) / quarter * quarter
        #endif
    }

    func take(byteCount: Int) -> UnsafeMutableRawPointer {
        let size = Self.blockSize(for: byteCount)
        let reused = state.withLock { state -> UInt? in
            state.count(taken: size)
            guard let address = state.idle[size]?.popLast() else { return nil }
            state.idleBytes -= size
            return address
        }
        if let reused, let pointer = UnsafeMutableRawPointer(bitPattern: reused) { return pointer }
        return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    }

    func give(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        let size = Self.blockSize(for: byteCount)
        let kept = state.withLock { state -> Bool in
            state.usage.liveBytes -= size
            guard state.idleBytes + size <= capacity else { return false }
            state.idle[size, default: []].append(UInt(bitPattern: pointer))
            state.idleBytes += size
            return true
        }
        if !kept { pointer.deallocate() }
    }

    /// Gives every idle block back to the system.
    func trim() {
        let idle = state.withLock { state -> [Int: [UInt]] in
            defer {
                state.idle = [:]
                state.idleBytes = 0
            }
            return state.idle
        }
        for address in idle.values.joined() { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
    }

    /// What is kept for the next request.
    var idleBytes: Int { state.withLock { $0.idleBytes } }

    var usage: MemoryUsage { state.withLock { $0.usage } }

    /// Lets the next peak begin at what is in use now.
    func resetPeak() { state.withLock { $0.usage.peakBytes = $0.usage.liveBytes } }
}

/// The memory of one device's tensors, in bytes of whole blocks.
public struct MemoryUsage: Sendable, Hashable {
    /// In use.
    public var liveBytes = 0
    /// The most that was in use at once.
    public var peakBytes = 0

    /// Nothing in use.
    public init() {}
}

/// A backend whose tensors live in a ``BufferPool``.
protocol PooledBackend: Backend {
    var pool: BufferPool { get }
}

extension PooledBackend {
    public var memoryUsage: MemoryUsage? { pool.usage }
    public func resetPeakMemory() { pool.resetPeak() }
    public func trim() { pool.trim() }
}
