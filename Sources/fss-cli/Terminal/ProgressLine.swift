internal import Datasets

/// How far some work is, as one line.
struct ProgressLine {
    private let progress: RunProgress

    init(_ progress: RunProgress) { self.progress = progress }

    /// The line where it may have any length.
    var plain: String { ([head(progress.title)] + figures).joined(separator: "  ") }

    /// A line with a bar that leaves the last column free, so that no terminal begins another row. What does not fit gives way
    /// in this order: the bar, the middle of the title, the figures from the last on.
    func drawn(columns: Int) -> String {
        let room = max(columns - 1, 0)
        for width in [24, 10] {
            let line = "\(bar(width))  \(plain.printable)"
            if line.columns <= room { return line }
        }
        var figures = figures
        while true {
            let rest = ([head("")] + figures).joined(separator: "  ").columns
            if rest + min(progress.title.columns, 16) <= room || figures.isEmpty {
                let title = progress.title.printable.shortened(toColumns: max(room - rest, 0))
                return ([head(title)] + figures).joined(separator: "  ").printable.cut(toColumns: room)
            }
            figures.removeLast()
        }
    }

    private func head(_ title: String) -> String { title.isEmpty ? " \(count)" : "\(title) \(count)" }

    private var count: String { "\(progress.done)/\(progress.total)" }

    private var figures: [String] {
        var parts: [String] = []
        if let rate = progress.rate, let rest = progress.remaining {
            parts.append(rate >= 1 ? "\(rate.rounded(to: 1))/s" : "\((1 / rate).rounded(to: 1)) s each")
            let isDone = progress.done == progress.total
            parts.append(isDone ? "took \(Self.clockTime(progress.elapsed))" : "\(Self.clockTime(rest)) left")
        }
        if !progress.detail.isEmpty { parts.append(progress.detail) }
        return parts
    }

    private func bar(_ width: Int) -> String {
        let filled = min(Int(Double(width) * progress.fraction), width)
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
    }

    /// "0:42", "12:05" or "3:10:00".
    private static func clockTime(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
    }
}
