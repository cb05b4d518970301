/// A curve as a picture of a page, with the range of what a point of it sums up.
struct CurvePicture {
    let curve: Curve
    /// How a number is written at the left.
    var text: (Double) -> String = ShortNumber.text

    private static let width = 1000.0
    private static let height = 400.0
    /// Points of a page at most; a screen shows no more.
    private static let most = 400
    /// Intervals between the lines behind the curve.
    private static let parts = 4

    /// Nothing without points.
    var html: [HTML] {
        let buckets = curve.buckets(Self.most)
        guard let first = buckets.first, let last = buckets.last else { return [] }
        let lowest = buckets.map(\.lowest).min() ?? 0
        let highest = buckets.map(\.highest).max() ?? 0
        let margin = highest > lowest ? 0 : max(abs(highest) * 0.1, 1e-9)
        let (floor, top) = (lowest - margin, highest + margin)
        let steps = max(last.step - first.step, 1)
        func place(_ step: Double, _ value: Double) -> String {
            let x = (step - first.step) / steps * Self.width
            let y = (top - value) / (top - floor) * Self.height
            return "\(x.rounded(to: 1)),\(y.rounded(to: 1))"
        }
        var shapes = (0...Self.parts).map { index in
            let y = (Double(index) * Self.height / Double(Self.parts)).rounded(to: 1)
            return HTML.tag("line", ["class": "grid", "x1": "0", "x2": "\(Int(Self.width))", "y1": y, "y2": y])
        }
        if buckets.contains(where: { $0.highest > $0.lowest }) {
            let edge = buckets.map { place($0.step, $0.highest) } + buckets.reversed().map { place($0.step, $0.lowest) }
            shapes.append(.tag("polygon", ["class": "band", "points": edge.joined(separator: " ")]))
        }
        let line = buckets.map { place($0.step, $0.mean) }.joined(separator: " ")
        shapes.append(.tag("polyline", ["class": "line", "points": line]))
        let numbers = (0...Self.parts).map { top - (top - floor) * Double($0) / Double(Self.parts) }
        let ends = [curve.points.first, curve.points.last].compactMap { $0?.step }
        let (begin, end) = (ends.first ?? 0, ends.last ?? 0)
        let picture = HTML.tag(
            "svg",
            [
                "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "preserveAspectRatio": "none", "role": "img",
                "aria-label": "\(curve.name): \(text(buckets[0].mean)) at step \(begin), \(text(last.mean)) at step \(end)",
            ], shapes)
        let along = begin == end ? ["step \(begin)"] : ["step \(begin)", String((begin + end) / 2), String(end)]
        return [
            .tag(
                "div", ["class": "chart"], .tag("div", ["class": "up"], numbers.map { .tag("span", text: text($0)) }), picture,
                .tag("div", ["class": "along"], along.map { .tag("span", text: $0) }))
        ]
    }
}
