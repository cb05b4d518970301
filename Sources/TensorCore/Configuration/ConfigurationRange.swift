/// What a number of a configuration may be, or every number of a list.
public struct ConfigurationRange: Sendable, Hashable, CustomStringConvertible {
    private indirect enum Kind: Sendable, Hashable {
        case whole(ClosedRange<Int>)
        case real(ClosedRange<Double>, isAboveLower: Bool, isBelowUpper: Bool)
        case list(Kind, count: ClosedRange<Int>)
    }

    private let kind: Kind

    /// A whole number.
    public static func whole(_ range: ClosedRange<Int>) -> ConfigurationRange { ConfigurationRange(kind: .whole(range)) }

    /// A number with both ends.
    public static func real(_ range: ClosedRange<Double>) -> ConfigurationRange {
        ConfigurationRange(kind: .real(range, isAboveLower: false, isBelowUpper: false))
    }

    /// A number below the upper end.
    public static func real(_ range: Range<Double>) -> ConfigurationRange {
        let closed = range.lowerBound...range.upperBound
        return ConfigurationRange(kind: .real(closed, isAboveLower: false, isBelowUpper: true))
    }

    /// A number above the lower end.
    public static func real(above lower: Double, upTo upper: Double) -> ConfigurationRange {
        ConfigurationRange(kind: .real(lower...upper, isAboveLower: true, isBelowUpper: false))
    }

    /// A list of numbers, each in its range.
    public static func list(_ element: ConfigurationRange, count: ClosedRange<Int>) -> ConfigurationRange {
        ConfigurationRange(kind: .list(element.kind, count: count))
    }

    /// A seed, as JSON readers keep whole numbers exactly.
    public static let seed = whole(0...Int.max)

    /// Whether a value is in the range; nothing but numbers is, and lists of them.
    public func contains(_ value: ConfigurationTree) -> Bool { Self.contains(kind, value) }

    private static func contains(_ kind: Kind, _ value: ConfigurationTree) -> Bool {
        switch (kind, value) {
        case (.whole(let range), .integer(let number)):
            return range.contains(number)
        case (.real(let range, let isAboveLower, let isBelowUpper), _):
            guard let number = value.number, range.contains(number) else { return false }
            return !(isAboveLower && number == range.lowerBound) && !(isBelowUpper && number == range.upperBound)
        case (.list(let element, let count), .list(let values)):
            return count.contains(values.count) && values.allSatisfy { contains(element, $0) }
        default: return false
        }
    }

    /// The ends, as "0...1", "above 0, at most 64" or "1 to 6 numbers, each 1...4096".
    public var description: String { Self.text(kind) }

    private static func text(_ kind: Kind) -> String {
        switch kind {
        case .whole(let range): return "a whole number of \(range.lowerBound)...\(range.upperBound)"
        case .real(let range, let isAboveLower, let isBelowUpper):
            let (lower, upper) = (short(range.lowerBound), short(range.upperBound))
            if isAboveLower { return "above \(lower), at most \(upper)" }
            return isBelowUpper ? "\(lower)..<\(upper)" : "\(lower)...\(upper)"
        case .list(let element, let count):
            let number =
                count.lowerBound == count.upperBound ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            return "a list of \(number), each \(text(element))"
        }
    }

    private static func short(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }

    /// The ends of the range as values that are in it or just beside it, for tests that walk configurations.
    package var ends: [ConfigurationTree] { Self.ends(kind) }

    private static func ends(_ kind: Kind) -> [ConfigurationTree] {
        switch kind {
        case .whole(let range): return [.integer(range.lowerBound), .integer(range.upperBound)]
        case .real(let range, _, _): return [.number(range.lowerBound), .number(range.upperBound)]
        case .list(let element, let count):
            let lengths = [count.lowerBound, max(count.lowerBound, min(count.upperBound, 6))]
            return lengths.flatMap { length in
                ends(element).map { .list(Array(repeating: $0, count: length)) }
            }
        }
    }
}

extension ConfigurationTree {
    /// The value of a number.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
