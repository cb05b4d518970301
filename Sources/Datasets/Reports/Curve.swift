/// Numbers over steps.
public struct Curve: Sendable, Equatable {
    /// A number after a step.
    public struct Point: Sendable, Hashable {
        /// The step, from 1.
        public var step: Int
        /// The number.
        public var value: Double

        /// A point.
        public init(step: Int, value: Double) {
            self.step = step
            self.value = value
        }
    }

    /// Neighbouring points as one.
    struct Bucket: Sendable, Equatable {
        /// The mean step.
        var step: Double
        var mean: Double
        var lowest: Double
        var highest: Double
    }

    /// What the numbers are.
    public var name: String
    /// In the order of the steps.
    public var points: [Point]

    /// A curve; points that are no numbers are left out.
    public init(name: String, points: [Point]) {
        self.name = name
        self.points = points.filter(\.value.isFinite)
    }

    /// The curve in at most so many buckets of about the same number of points.
    func buckets(_ limit: Int) -> [Bucket] {
        let count = min(limit, points.count)
        return (0..<max(count, 0)).map { index in
            let own = points[(index * points.count / count)..<((index + 1) * points.count / count)]
            let values = own.map(\.value)
            return Bucket(
                step: own.reduce(0) { $0 + Double($1.step) } / Double(own.count),
                mean: values.reduce(0, +) / Double(own.count), lowest: values.min() ?? 0, highest: values.max() ?? 0)
        }
    }
}

/// A number in the digits that a person reads: "0.0123", "1.2e-05", "250".
enum ShortNumber {
    static func text(_ value: Double) -> String {
        let size = abs(value)
        if value == 0 { return "0" }
        if size < 0.001 || size >= 100_000 { return scientific(value) }
        return value.rounded(to: size < 0.1 ? 4 : size < 1 ? 3 : size < 100 ? 2 : 0)
    }

    private static func scientific(_ value: Double) -> String {
        var (mantissa, exponent) = (value, 0)
        while abs(mantissa) >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while abs(mantissa) < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return "\(mantissa.rounded(to: 1))e\(exponent)"
    }
}

extension Curve {
    /// The curve in block characters for a terminal, with its largest and smallest number at the left and the steps below.
    ///
    /// - Parameters:
    ///   - columns: the width at most.
    ///   - rows: of the curve itself.
    /// - Returns: no lines without points, or where there is no room.
    public func lines(columns: Int, rows: Int = 6) -> [String] {
        guard rows > 0, !points.isEmpty else { return [] }
        let whole = buckets(points.count)
        let labels = [whole.map(\.mean).max() ?? 0, whole.map(\.mean).min() ?? 0].map(ShortNumber.text)
        let margin = labels.map(\.columns).max() ?? 0
        let shown = buckets(columns - margin - 2)
        guard !shown.isEmpty, let last = points.last else { return [] }
        let (lowest, highest) = (shown.map(\.mean).min() ?? 0, shown.map(\.mean).max() ?? 0)
        let ends = [highest, lowest].map(ShortNumber.text)
        let range = highest - lowest
        // In eighths of a row; the smallest number still shows.
        let heights = shown.map { bucket in
            let share = range > 0 ? (bucket.mean - lowest) / range : 0
            return 1 + Int((share * Double(rows * 8 - 1)).rounded())
        }
        let body = (0..<rows).map { row in
            let label = row == 0 ? ends[0] : row == rows - 1 ? ends[1] : ""
            let floor = (rows - 1 - row) * 8
            let cells = heights.map { Self.blocks[min(max($0 - floor, 0), 8)] }
            return (Self.padded(label, margin) + " " + String(cells)).trimmedAtEnd
        }
        let (first, end) = (String(points[0].step), String(last.step))
        let gap = max(shown.count - first.columns - end.columns, 1)
        let steps = first.columns + 1 + end.columns <= shown.count ? first + String(repeating: " ", count: gap) + end : first
        return [(Self.padded("", margin) + " " + name).cut(toColumns: columns)] + body
            + [(Self.padded("", margin) + " " + steps).cut(toColumns: columns)]
    }

    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.columns, 0)) + text
    }
}

extension String {
    fileprivate var trimmedAtEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
