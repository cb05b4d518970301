internal import Foundation

extension BinaryFloatingPoint {
    /// Decimal text with a fixed number of places.
    package func rounded(to places: Int) -> String { String(format: "%.\(places)f", Double(self)) }

    /// "41.2": a share in percent with one decimal.
    package var percent: String { (self * 100).rounded(to: 1) }

    /// "+1.5" or "-0.2": a difference of shares in percent points.
    package var signedPercent: String { "\(self < 0 ? "" : "+")\((self * 100).rounded(to: 1))" }
}

extension Optional where Wrapped == Double {
    /// A share in percent with one decimal, "-" where there is none.
    package var percent: String { map(\.percent) ?? "-" }
}
