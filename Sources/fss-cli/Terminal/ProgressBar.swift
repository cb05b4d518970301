internal import Foundation
internal import TensorCore

/// The progress of long work: a bar on a terminal, a plain line now and then elsewhere.
final class ProgressBar {
    private let title: String
    private let work: WorkClock
    private let isShown: Bool
    private let isTerminal: Bool
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant
    private var drawn = false

    /// - Parameter first: the number that was done before, by a run that is resumed.
    init(_ title: String, total: Int, from first: Int = 0, on console: Console) {
        self.title = title
        work = WorkClock(total: total, from: first)
        isShown = !console.quiet
        isTerminal = Console.isTerminal
        last = clock.now
    }

    /// Tells how many parts are done.
    func update(_ done: Int, _ detail: @autoclosure () -> String = "") { update(work.progress(done), detail()) }

    /// Tells how far the work is.
    func update(_ progress: WorkProgress, _ detail: @autoclosure () -> String = "") {
        guard isShown else { return }
        let now = clock.now
        let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
        guard now - last >= interval || progress.done == progress.total else { return }
        last = now
        let text = line(progress, detail())
        if isTerminal {
            Console.draw("\r\u{1B}[K" + text)
            drawn = true
            if progress.done == progress.total { finish() }
        } else {
            Console.standardError(text)
        }
    }

    /// Ends the line, so that other text can follow.
    func finish() {
        guard drawn else { return }
        drawn = false
        Console.draw("\n")
    }

    private func line(_ progress: WorkProgress, _ detail: String) -> String {
        var parts = ["\(title) \(progress.done)/\(progress.total)"]
        if isTerminal { parts.insert(bar(progress), at: 0) }
        if let rate = progress.rate, let rest = progress.remaining {
            parts.append(rate >= 1 ? "\(rate.rounded(to: 1))/s" : "\((1 / rate).rounded(to: 1)) s each")
            let isDone = progress.done == progress.total
            parts.append(isDone ? "took \(Self.clockTime(progress.elapsed.seconds))" : "\(Self.clockTime(rest.seconds)) left")
        }
        if !detail.isEmpty { parts.append(detail) }
        return parts.joined(separator: "  ")
    }

    private func bar(_ progress: WorkProgress) -> String {
        let width = 24
        let filled = min(Int(Double(width) * progress.fraction), width)
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

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension BinaryFloatingPoint {
    /// Decimal text with a fixed number of places.
    func rounded(to places: Int) -> String { String(format: "%.\(places)f", Double(self)) }
}
