extension ScalarMap {
    /// The map in false colours, from dark blue over green to yellow with rising brightness, so that it also reads in
    /// grey.
    ///
    /// - Parameter range: the values of the darkest and the brightest colour, 0...1 by default.
    public func heatMap(range: ClosedRange<Float> = 0...1) -> RGBImage {
        let span = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
        let pixels = values.flatMap { value -> [UInt8] in
            let place = value.isNaN ? 0 : min(max((value - range.lowerBound) / span, 0), 1)
            return HeatScale.color(at: Double(place)).samples
        }
        return RGBImage(height: height, width: width, pixels: pixels)
    }
}

extension ProbabilityMap {
    /// The map in false colours, see ``ScalarMap/heatMap(range:)``.
    public func heatMap() -> RGBImage { scalars.heatMap() }
}

/// Colours between fixed stops.
private enum HeatScale {
    private static let stops: [RGBColor] = [
        RGBColor(red: 20, green: 12, blue: 60), RGBColor(red: 40, green: 70, blue: 140),
        RGBColor(red: 30, green: 130, blue: 130), RGBColor(red: 80, green: 190, blue: 90),
        RGBColor(red: 190, green: 220, blue: 50), RGBColor(red: 255, green: 245, blue: 120),
    ]

    static func color(at place: Double) -> RGBColor {
        let position = place * Double(stops.count - 1)
        let index = min(Int(position), stops.count - 2)
        let weight = position - Double(index)
        let (low, high) = (stops[index], stops[index + 1])
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
            UInt8((Double(a) + (Double(b) - Double(a)) * weight).rounded())
        }
        return RGBColor(
            red: mix(low.red, high.red), green: mix(low.green, high.green), blue: mix(low.blue, high.blue))
    }
}
