/// Work that is made ready ahead of whoever uses it.
enum Prefetch {
    /// Makes an element of every input and hands them over in order, in batches.
    ///
    /// At most `batch + ahead` elements exist or are being made at a time, whatever the number of inputs. An element that cannot be
    /// made ends the run when its turn comes: everything before it is handed over first.
    ///
    /// - Parameters:
    ///   - inputs: what elements are made of.
    ///   - batch: elements that are handed over together, the last ones in a smaller number.
    ///   - ahead: elements that are made while a batch is in use.
    ///   - make: makes one element, on any thread.
    ///   - use: takes the position of the first element, and the elements.
    static func run<Input: Sendable, Element: Sendable>(
        _ inputs: [Input], batch: Int, ahead: Int, make: @escaping @Sendable (Input) throws -> Element,
        use: (Int, [Element]) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Result<Element, any Error>).self) { group in
            var (position, started) = (0, 0)
            var ready: [Int: Result<Element, any Error>] = [:]
            while position < inputs.count {
                try Task.checkCancellation()
                let end = min(position + max(batch, 1), inputs.count)
                while started < min(end + max(ahead, 0), inputs.count) {
                    let (index, input) = (started, inputs[started])
                    group.addTask { (index, Result { try make(input) }) }
                    started += 1
                }
                while (position..<end).contains(where: { ready[$0] == nil }), let (index, made) = try await group.next() {
                    ready[index] = made
                }
                var elements: [Element] = []
                var failure: (any Error)?
                for index in position..<end where failure == nil {
                    switch ready.removeValue(forKey: index) {
                    case .success(let element)?: elements.append(element)
                    case .failure(let error)?: failure = error
                    case nil: failure = CancellationError()
                    }
                }
                if !elements.isEmpty { try await use(position, elements) }
                if let failure { throw failure }
                position = end
            }
        }
    }
}
