import Testing

@testable import TensorCore

/// The memory of tensors: sizes, reuse, bounds.
@Suite("Buffer pool")
struct BufferPoolTests {
    @Test("Blocks hold the request, waste a quarter at most and grow with it")
    func blockSizes() {
        var last = 0
        for count in Array(0..<5000) + [65_535, 65_536, 65_537, 1 << 20, (1 << 30) + 1] {
            let size = BufferPool.blockSize(for: count)
            #expect(size >= max(count, 64) && size >= last)
            if count > 256 { #expect(Double(size) <= Double(count) * 1.25) }
            #expect(BufferPool.blockSize(for: size) == size, "a block of \(size) serves its own size")
            last = size
        }
    }

    @Test("A block that was given back serves the next request of its size, aligned")
    func reuse() {
        let pool = BufferPool(capacity: 1 << 20)
        let first = pool.take(byteCount: 1000)
        #expect(UInt(bitPattern: first) % 64 == 0)
        pool.give(first, byteCount: 1000)
        let other = pool.take(byteCount: 5000)
        #expect(other != first)
        // 1001 bytes are of the same class of 1024.
        let again = pool.take(byteCount: 1001)
        #expect(again == first)
        let fresh = pool.take(byteCount: 1000)
        #expect(fresh != first)
        for (pointer, count) in [(other, 5000), (again, 1001), (fresh, 1000)] { pool.give(pointer, byteCount: count) }
        pool.trim()
    }

    @Test("Live and peak bytes are counted in whole blocks")
    func usage() {
        let pool = BufferPool(capacity: 1 << 20)
        let pointers = (0..<3).map { _ in pool.take(byteCount: 4096) }
        #expect(pool.usage.liveBytes == 3 * 4096 && pool.usage.peakBytes == 3 * 4096)
        for pointer in pointers { pool.give(pointer, byteCount: 4096) }
        #expect(pool.usage.liveBytes == 0 && pool.usage.peakBytes == 3 * 4096)
        pool.resetPeak()
        #expect(pool.usage.peakBytes == 0)
        pool.trim()
    }

    @Test("At most the capacity stays idle; trimming leaves nothing")
    func capacity() {
        let pool = BufferPool(capacity: 2 * 4096)
        let pointers = (0..<4).map { _ in pool.take(byteCount: 4096) }
        for pointer in pointers { pool.give(pointer, byteCount: 4096) }
        #expect(pool.idleBytes == 2 * 4096)
        let reused = pool.take(byteCount: 4096)
        #expect(pool.idleBytes == 4096)
        pool.give(reused, byteCount: 4096)
        pool.trim()
        #expect(pool.idleBytes == 0)
    }

    @Test("Tasks that share a pool never share a block")
    func concurrency() async {
        let pool = BufferPool(capacity: 1 << 16)
        let intact = await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<300).allSatisfy { round in
                        let count = 64 << ((task + round) % 6)
                        let block = pool.take(byteCount: count)
                        defer { pool.give(block, byteCount: count) }
                        let mark = UInt8(truncatingIfNeeded: 31 * task + round)
                        let bytes = UnsafeMutableRawBufferPointer(start: block, count: count)
                        for index in bytes.indices { bytes[index] = mark }
                        return bytes.allSatisfy { $0 == mark }
                    }
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(intact)
        #expect(pool.usage.liveBytes == 0)
        #expect(pool.idleBytes <= 1 << 16)
        pool.trim()
    }
}
