internal import Datasets
internal import Foundation

/// The progress of long work: a bar on a terminal, a plain line now and then elsewhere.
final class ProgressBar {
    private let work: RunClock
    private let console: Console
    private let isTerminal = Console.isTerminal
    private let clock = ContinuousClock()
    private var title: String
    private var last: ContinuousClock.Instant
    private var drawn = false

    /// - Parameter first: the number that was done before, by a run that is resumed.
    init(_ title: String = "", total: Int = 0, from first: Int = 0, on console: Console) {
        self.title = title
        self.console = console
        work = RunClock(title, total: total, from: first)
        last = clock.now
    }

    /// Shows what a run tells; every part gets a line of its own.
    func show(_ event: RunEvent) {
        switch event {
        case .progress(let progress): update(progress)
        case .note(let text):
            finish()
            console.note(text)
        }
    }

    /// Tells how many parts are done.
    func update(_ done: Int, _ detail: @autoclosure () -> String = "") {
        update(work.progress(done, detail: console.quiet ? "" : detail()))
    }

    /// Tells how far the work is.
    func update(_ progress: RunProgress) {
        if console.quiet { return }
        let now = clock.now
        if progress.title != title {
            finish()
            (title, last) = (progress.title, now)
        }
        let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
        guard now - last >= interval || progress.done == progress.total else { return }
        last = now
        guard isTerminal else { return Console.standardError(line(progress)) }
        Console.draw("\r\u{1B}[K" + line(progress))
        drawn = true
        if progress.done == progress.total { finish() }
    }

    /// Ends the line, so that other text can follow.
    func finish() {
        guard drawn else { return }
        drawn = false
        Console.draw("\n")
    }

    private func line(_ progress: RunProgress) -> String {
        var parts = ["\(progress.title) \(progress.done)/\(progress.total)"]
        if isTerminal { parts.insert(bar(progress.fraction), at: 0) }
        if let rate = progress.rate, let rest = progress.remaining {
            parts.append(rate >= 1 ? "\(rate.rounded(to: 1))/s" : "\((1 / rate).rounded(to: 1)) s each")
            let isDone = progress.done == progress.total
            parts.append(isDone ? "took \(Self.clockTime(progress.elapsed))" : "\(Self.clockTime(rest)) left")
        }
        if !progress.detail.isEmpty { parts.append(progress.detail) }
        return parts.joined(separator: "  ")
    }

    private func bar(_ fraction: Double) -> String {
        let width = 24
        let filled = min(Int(Double(width) * fraction), width)
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
    }

    /// "0:42", "12:05" or "3:10:00".
    static func clockTime(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
    }
}
