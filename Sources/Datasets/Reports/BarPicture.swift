/// Horizontal bars of shares, one under the other, each with an interval where it has one.
struct BarPicture {
    /// A bar.
    struct Bar {
        /// 0...1; nil for no bar.
        var share: Double?
        /// Drawn as a line over the bar's end.
        var interval: ConfidenceInterval?
        /// Chooses the colour.
        var place: Int
    }

    /// From the first on; the first is the highest.
    var bars: [Bar]
    /// What a reader without eyes hears.
    var description: String

    private static let thick = 10.0
    private static let thin = 5.0

    /// The picture; it is stretched to the width that it gets.
    var html: HTML {
        let isAlone = bars.count == 1
        var shapes: [HTML] = []
        var top = 0.0
        for (index, bar) in bars.enumerated() {
            let height = index == 0 ? Self.thick : Self.thin
            shapes.append(Self.rectangle("track", 0, top, 100, height))
            if let share = bar.share {
                shapes.append(Self.rectangle("m\(min(bar.place, 3))", 0, top, share * 100, height))
            }
            if let interval = bar.interval { shapes += Self.whisker(interval, top, height) }
            top += height + 1.5
        }
        let box = "0 0 100 \((top - 1.5).rounded(to: 1))"
        return .tag(
            "svg",
            [
                "class": isAlone ? "bar" : "bar many", "viewBox": box, "preserveAspectRatio": "none", "role": "img",
                "aria-label": description,
            ], shapes)
    }

    private static func whisker(_ interval: ConfidenceInterval, _ top: Double, _ height: Double) -> [HTML] {
        let (from, to) = (interval.lower * 100, interval.upper * 100)
        let (middle, inset) = (top + height / 2, height / 4)
        return [
            rectangle("whisker", from, middle - height / 16, to - from, height / 8),
            rectangle("whisker", from, top + inset, 0.25, height - 2 * inset),
            rectangle("whisker", to - 0.25, top + inset, 0.25, height - 2 * inset),
        ]
    }

    private static func rectangle(_ kind: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) -> HTML {
        .tag(
            "rect",
            [
                "class": kind, "x": x.rounded(to: 2), "y": y.rounded(to: 2), "width": max(width, 0).rounded(to: 2),
                "height": height.rounded(to: 2),
            ])
    }
}
