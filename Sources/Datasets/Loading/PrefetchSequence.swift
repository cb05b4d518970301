/// Values that are made ahead of whoever uses them, and handed over in order.
///
/// ```swift
/// for try await photo in PrefetchSequence(count: files.count, make: { try ImageFile.load(files[$0]) }) {
///     model.look(at: try photo.get())
/// }
/// ```
///
/// No more than `ahead` values wait or are being made while one is in use, whatever the number of values. What becomes of them does not
/// depend on the number of workers: each follows from its position alone. A value that cannot be made is handed over as an error in
/// its place, and the next ones follow. Iteration throws `CancellationError` in a task that was cancelled; whoever leaves a loop early
/// ends the work that lies ahead.
public struct PrefetchSequence<Value: Sendable>: AsyncSequence, Sendable {
    /// What became of one value.
    public struct Element: Sendable {
        /// The position in the sequence, from 0.
        public let position: Int
        /// The value, or why there is none.
        public let result: Result<Value, any Error>

        /// The value.
        ///
        /// - Throws: what made it impossible.
        public func get() throws -> Value { try result.get() }
    }

    /// The only error of the iteration itself.
    public typealias Failure = CancellationError

    /// The number of values.
    public let count: Int
    /// Values that are made at once.
    public let workers: Int
    /// Values that are made or wait beyond the one in use.
    public let ahead: Int
    let make: @Sendable (Int) async throws -> Value

    /// Describes the work; it begins with the iteration, anew with each.
    ///
    /// - Parameters:
    ///   - count: the number of values.
    ///   - workers: values that are made at once; as many as there are processors by default. Work that computes gains nothing from more.
    ///   - ahead: values beyond the one in use; twice the workers by default.
    ///   - make: makes the value of a position, on any thread, in any order.
    public init(
        count: Int, workers: Int = PrefetchWorkers.standard, ahead: Int? = nil,
        make: @escaping @Sendable (Int) async throws -> Value
    ) {
        self.count = Swift.max(count, 0)
        self.workers = Swift.max(workers, 1)
        self.ahead = Swift.max(ahead ?? 2 * workers, 0)
        self.make = make
    }

    /// Begins to work ahead.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// One pass over the values.
    public struct Iterator: AsyncIteratorProtocol {
        private let owner: PrefetchOwner<Value>
        private let sequence: PrefetchSequence
        private var position = 0

        init(_ sequence: PrefetchSequence) {
            self.sequence = sequence
            owner = PrefetchOwner(sequence)
        }

        /// The next value; nil after the last one.
        ///
        /// - Throws: `CancellationError` where the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(CancellationError) -> Element?
        {
            guard position < sequence.count else { return nil }
            owner.run.allow(position + 1 + sequence.ahead)
            let result = try await owner.run.take(position)
            defer { position += 1 }
            return Element(position: position, result: result)
        }

        /// The next value; nil after the last one.
        public mutating func next() async throws(CancellationError) -> Element? { try await next(isolation: nil) }
    }
}

extension PrefetchSequence {
    /// Hands values over in batches, in order.
    ///
    /// At most `size + ahead` of them exist or are being made. A value that cannot be made ends the run when its turn comes: everything
    /// before it is handed over first. Nothing works on when the call returns.
    ///
    /// - Parameters:
    ///   - size: values that are handed over together, the last ones in a smaller number.
    ///   - use: takes the position of the first value, and the values.
    /// - Throws: `CancellationError` when the task was cancelled, before the next batch; what made a value impossible; what `use` throws.
    public nonisolated(nonsending) func forEachBatch(
        of size: Int, _ use: (Int, [Value]) async throws -> Void
    ) async throws {
        let run = PrefetchRun(self)
        do {
            for first in stride(from: 0, to: count, by: Swift.max(size, 1)) {
                try Task.checkCancellation()
                let end = Swift.min(first + Swift.max(size, 1), count)
                run.allow(end + ahead)
                var (values, failure): ([Value], (any Error)?) = ([], nil)
                for position in first..<end where failure == nil {
                    switch try await run.take(position) {
                    case .success(let value): values.append(value)
                    case .failure(let error): failure = error
                    }
                }
                if !values.isEmpty { try await use(first, values) }
                if let failure { throw failure }
            }
        } catch {
            await run.drain()
            throw error
        }
    }
}
