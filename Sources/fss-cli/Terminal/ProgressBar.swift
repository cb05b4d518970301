internal import Foundation

/// The progress of long work: a bar on a terminal, a plain line now and then elsewhere.
final class ProgressBar {
    private let title: String
    private let total: Int
    private let first: Int
    private let isShown: Bool
    private let isTerminal: Bool
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var last: ContinuousClock.Instant
    private var drawn = false

    /// - Parameter first: the number that was done before, by a run that is resumed.
    init(_ title: String, total: Int, from first: Int = 0, on console: Console) {
        self.title = title
        self.total = total
        self.first = first
        isShown = !console.quiet
        isTerminal = Console.isTerminal
        start = clock.now
        last = start
    }

    /// Tells how many parts are done.
    func update(_ done: Int, _ detail: @autoclosure () -> String = "") {
        guard isShown else { return }
        let now = clock.now
        let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
        guard now - last >= interval || done == total else { return }
        last = now
        let text = line(done, elapsed: (now - start).seconds, detail())
        if isTerminal {
            Console.draw("\r\u{1B}[K" + text)
            drawn = true
            if done == total { finish() }
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

    private func line(_ done: Int, elapsed: Double, _ detail: String) -> String {
        let rate = elapsed > 0 ? Double(done - first) / elapsed : 0
        var parts = ["\(title) \(done)/\(total)"]
        if isTerminal { parts.insert(bar(done), at: 0) }
        if rate > 0 {
            parts.append(rate >= 1 ? "\(rate.rounded(to: 1))/s" : "\((1 / rate).rounded(to: 1)) s each")
            let rest = Double(total - done) / rate
            parts.append(done == total ? "took \(Self.clockTime(elapsed))" : "\(Self.clockTime(rest)) left")
        }
        if !detail.isEmpty { parts.append(detail) }
        return parts.joined(separator: "  ")
    }

    private func bar(_ done: Int) -> String {
        let width = 24
        let filled = total > 0 ? width * done / total : width
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
