/// How far long work is: the one form in which evaluations, trainings, checks and builds report.
public struct WorkProgress: Sendable, Hashable {
    /// Parts that are done.
    public var done: Int
    /// Parts in all.
    public var total: Int
    /// Parts that an earlier run had done, which this one continues.
    public var first: Int
    /// The time since the work began.
    public var elapsed: Duration

    /// Describes work.
    public init(done: Int, total: Int, first: Int = 0, elapsed: Duration) {
        self.done = done
        self.total = total
        self.first = first
        self.elapsed = elapsed
    }

    /// The share that is done, 0...1; 1 where there is nothing to do.
    public var fraction: Double { total > 0 ? Double(done) / Double(total) : 1 }

    /// Parts a second, nil before the first one is done.
    public var rate: Double? {
        let seconds = elapsed / .seconds(1)
        return done > first && seconds > 0 ? Double(done - first) / seconds : nil
    }

    /// The time that the rest takes at this rate, nil before the first part is done.
    public var remaining: Duration? { rate.map { .seconds(Double(max(total - done, 0)) / $0) } }
}

/// Measures one piece of work from its beginning on.
public struct WorkClock: Sendable {
    private let start = ContinuousClock.now
    private let total: Int
    private let first: Int

    /// Starts the clock.
    ///
    /// - Parameters:
    ///   - total: parts in all.
    ///   - first: parts that an earlier run had done.
    public init(total: Int, from first: Int = 0) {
        self.total = total
        self.first = first
    }

    /// The progress when so many parts are done.
    public func progress(_ done: Int) -> WorkProgress {
        WorkProgress(done: done, total: total, first: first, elapsed: ContinuousClock.now - start)
    }
}
