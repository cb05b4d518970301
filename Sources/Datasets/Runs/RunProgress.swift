public import TensorCore

/// How far one part of a run is, in plain values.
public struct RunProgress: Sendable, Hashable {
    /// The part ("fold 0, resnet50: contrast").
    public var title: String
    /// Pieces that are done.
    public var done: Int
    /// Pieces in all; 0 where nobody knows.
    public var total: Int
    /// Seconds since the part began.
    public var elapsed: Double
    /// Pieces a second, nil before the first one is done.
    public var rate: Double?
    /// Seconds that the rest takes at this rate, nil before the first piece is done.
    public var remaining: Double?
    /// A figure beside, such as a loss; may be empty.
    public var detail: String

    /// Names a piece of work.
    public init(_ title: String, _ work: WorkProgress, detail: String = "") {
        self.title = title
        self.detail = detail
        done = work.done
        total = work.total
        elapsed = work.elapsed / .seconds(1)
        rate = work.rate
        remaining = work.remaining.map { $0 / .seconds(1) }
    }

    /// The share that is done, 0...1; 1 where there is nothing to do.
    public var fraction: Double { total > 0 ? Double(done) / Double(total) : 1 }
}

/// Measures one part of a run from its beginning on.
public struct RunClock: Sendable {
    private let title: String
    private let work: WorkClock

    /// Starts the clock.
    ///
    /// - Parameters:
    ///   - title: the part.
    ///   - total: pieces in all.
    ///   - first: pieces that an earlier run had done.
    public init(_ title: String, total: Int, from first: Int = 0) {
        self.title = title
        work = WorkClock(total: total, from: first)
    }

    /// The progress when so many pieces are done.
    public func progress(_ done: Int, detail: String = "") -> RunProgress {
        RunProgress(title, work.progress(done), detail: detail)
    }
}

/// What a run tells while it is at work.
public enum RunEvent: Sendable, Hashable {
    /// A part went on.
    case progress(RunProgress)
    /// Something that whoever reads the result should know.
    case note(String)
}

/// Hears what a run tells; called from the run's own task, in order.
public typealias RunObserver = (RunEvent) -> Void
