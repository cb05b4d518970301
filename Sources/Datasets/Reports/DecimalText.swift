internal import Foundation

extension BinaryFloatingPoint {
    /// Decimal text with a fixed number of places.
    package func rounded(to places: Int) -> String { String(format: "%.\(places)f", Double(self)) }

    /// "+1.5" or "-0.2": a difference of shares in percent points.
    package var signedPercent: String { "\(self < 0 ? "" : "+")\((self * 100).rounded(to: 1))" }
}
