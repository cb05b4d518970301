/// Whether a difference that a paper reports was found, too.
public enum DirectionVerdict: String, Codable, Hashable, Sendable {
    /// It has the paper's sign, and its 95 % interval does not hold 0.
    case holds
    /// It has the paper's sign, and the interval holds 0.
    case leans
    /// It has the other sign.
    case fails
    /// There is nothing to decide it by.
    case undecided = "-"

    /// Judges differences, one a repeat.
    ///
    /// - Parameters:
    ///   - difference: what was found; nil for nothing.
    ///   - sign: above 0 where the paper's difference is, below where it is; 0 where the paper has none.
    public init(_ difference: MeanInterval?, sign: Double) {
        guard let difference, sign != 0 else {
            self = .undecided
            return
        }
        guard difference.mean * sign > 0 else {
            self = .fails
            return
        }
        guard let interval = difference.interval else {
            self = .leans
            return
        }
        self = interval.lower > 0 || interval.upper < 0 ? .holds : .leans
    }
}
