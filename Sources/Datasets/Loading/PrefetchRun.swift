internal import Foundation
internal import Synchronization

/// How many values are made at once where nobody says so.
public enum PrefetchWorkers {
    /// As many as there are processors.
    public static var standard: Int { ProcessInfo.processInfo.activeProcessorCount }
}

/// One pass over a ``PrefetchSequence``: who works on what, what is ready, and who waits for it.
final class PrefetchRun<Value: Sendable>: Sendable {
    private struct State {
        /// What is ready and not taken.
        var results: [Int: Result<Value, any Error>] = [:]
        var tasks: [Int: Task<Void, Never>] = [:]
        /// Values that were begun.
        var started = 0
        /// Values that may be begun.
        var limit = 0
        var running = 0
        var waiting: (position: Int, continuation: CheckedContinuation<Result<Value, any Error>?, Never>)?
        var isCancelled = false
    }

    private let sequence: PrefetchSequence<Value>
    private let state = Mutex(State())

    init(_ sequence: PrefetchSequence<Value>) { self.sequence = sequence }

    /// Lets the values before a position be made.
    func allow(_ limit: Int) {
        state.withLock { state in
            state.limit = max(state.limit, min(limit, sequence.count))
            begin(&state)
        }
    }

    /// Waits for a value. Every position is taken once, in order.
    ///
    /// - Throws: `CancellationError` where the task was cancelled; the run ends then.
    func take(_ position: Int) async throws(CancellationError) -> Result<Value, any Error> {
        let found = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isKnown, ready) = state.withLock { state -> (Bool, Result<Value, any Error>?) in
                    if state.isCancelled { return (true, nil) }
                    if let result = state.results.removeValue(forKey: position) { return (true, result) }
                    state.waiting = (position, continuation)
                    return (false, nil)
                }
                if isKnown { continuation.resume(returning: ready) }
            }
        } onCancel: {
            cancel()
        }
        guard let found, !Task.isCancelled else {
            cancel()
            throw CancellationError()
        }
        return found
    }

    /// Ends the work that lies ahead.
    func cancel() {
        let waiting = state.withLock { state in
            state.isCancelled = true
            for task in state.tasks.values { task.cancel() }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.continuation.resume(returning: nil)
    }

    /// Ends the work that lies ahead and waits until nobody is at it.
    func drain() async {
        cancel()
        let tasks = state.withLock { Array($0.tasks.values) }
        for task in tasks { await task.value }
    }

    private func begin(_ state: inout State) {
        while !state.isCancelled, state.running < sequence.workers, state.started < state.limit {
            let position = state.started
            state.started += 1
            state.running += 1
            state.tasks[position] = Task { await self.work(on: position) }
        }
    }

    private func work(on position: Int) async {
        let result: Result<Value, any Error>
        do {
            try Task.checkCancellation()
            result = .success(try await sequence.make(position))
        } catch {
            result = .failure(error)
        }
        let waiting = state.withLock { state -> CheckedContinuation<Result<Value, any Error>?, Never>? in
            state.running -= 1
            state.tasks[position] = nil
            begin(&state)
            guard let waiting = state.waiting, waiting.position == position else {
                if !state.isCancelled { state.results[position] = result }
                return nil
            }
            state.waiting = nil
            return waiting.continuation
        }
        waiting?.resume(returning: result)
    }
}

/// Ends a pass when its iterator is gone.
final class PrefetchOwner<Value: Sendable>: Sendable {
    let run: PrefetchRun<Value>

    init(_ sequence: PrefetchSequence<Value>) { run = PrefetchRun(sequence) }

    deinit { run.cancel() }
}
