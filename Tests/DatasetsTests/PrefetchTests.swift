import Synchronization
import Testing

@testable import Datasets

/// What is being made and was made.
private final class Ledger: Sendable {
    private let state = Mutex((alive: 0, most: 0, made: 0))

    func begin() {
        state.withLock { state in
            state.alive += 1
            state.made += 1
            state.most = max(state.most, state.alive)
        }
    }

    func end(_ count: Int) { state.withLock { $0.alive -= count } }

    var most: Int { state.withLock { $0.most } }
    var made: Int { state.withLock { $0.made } }
}

private struct Broken: Error {}

@Suite("Prefetching") struct PrefetchTests {
    @Test(
        "Elements come in order, in batches, and never more than a batch and what lies ahead", arguments: [1, 2, 5], [0, 1, 3])
    func order(batch: Int, ahead: Int) async throws {
        let ledger = Ledger()
        var batches: [[Int]] = []
        try await PrefetchSequence(count: 12, workers: 4, ahead: ahead) { input in
            ledger.begin()
            return input * 10
        }.forEachBatch(of: batch) { first, elements in
            #expect(elements == (first..<(first + elements.count)).map { $0 * 10 })
            batches.append(elements)
            ledger.end(elements.count)
        }
        #expect(batches.flatMap { $0 } == (0..<12).map { $0 * 10 })
        #expect(batches.dropLast().allSatisfy { $0.count == batch })
        #expect(ledger.most <= batch + ahead)
        #expect(ledger.made == 12)
    }

    @Test("What fails ends the run when its turn comes, after everything before it", arguments: [1, 2, 5])
    func failure(batch: Int) async throws {
        var seen: [Int] = []
        await #expect(throws: Broken.self) {
            try await PrefetchSequence(count: 20, ahead: 4) { input in
                if input >= 7 { throw Broken() }
                return input
            }.forEachBatch(of: batch) { _, elements in
                seen += elements
            }
        }
        #expect(seen == Array(0..<7))
    }

    @Test("A cancelled task stops before the next batch")
    func cancellation() async throws {
        var seen = 0
        await #expect(throws: CancellationError.self) {
            try await PrefetchSequence(count: 20, ahead: 2) { $0 }.forEachBatch(of: 2) { _, elements in
                seen += elements.count
                if seen == 6 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        #expect(seen == 6)
    }

    @Test("Nothing to make is no work")
    func empty() async throws {
        try await PrefetchSequence(count: 0, ahead: 3) { $0 }.forEachBatch(of: 3) { _, _ in
            Issue.record("called without an element")
        }
    }
}
