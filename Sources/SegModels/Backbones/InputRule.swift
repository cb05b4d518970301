public import TensorCore

/// Which image sizes a backbone takes.
///
/// Convolutions take nearly any; networks of patches want multiples of the patch. Whoever chooses a size asks ``size(near:)``.
public struct InputRule: Sendable, Hashable {
    /// Height and width must be multiples of it.
    public var multiple: Int
    /// The least height and width.
    public var minimum: Int
    /// The largest height and width, nil for no bound.
    public var maximum: Int?

    /// Makes a rule; without arguments every size is legal.
    ///
    /// - Precondition: some multiple of `multiple` lies in `minimum...maximum`, all positive.
    public init(multiple: Int = 1, minimum: Int = 1, maximum: Int? = nil) {
        precondition(multiple > 0 && minimum > 0, "InputRule: multiple \(multiple) and minimum \(minimum) must be positive")
        let least = (minimum + multiple - 1) / multiple * multiple
        precondition(maximum.map { $0 >= least } ?? true, "InputRule: no multiple of \(multiple) in \(minimum)...\(maximum ?? 0)")
        self.multiple = multiple
        self.minimum = minimum
        self.maximum = maximum
    }

    /// The legal size nearest to a wished one, side by side; of two that are as near, the larger.
    public func size(near wished: Size2D) -> Size2D {
        Size2D(height: side(near: wished.height), width: side(near: wished.width))
    }

    /// The legal side nearest to a wished one; of two that are as near, the larger.
    public func side(near wished: Int) -> Int {
        let least = (minimum + multiple - 1) / multiple
        let most = maximum.map { $0 / multiple } ?? .max
        // Half a multiple is not added to the wish: it may be as large as an integer can be.
        let (whole, rest) = wished.quotientAndRemainder(dividingBy: multiple)
        return min(max(whole + (rest >= multiple - rest ? 1 : 0), least), most) * multiple
    }

    /// Why images of `size` are refused, nil where they are taken.
    public func problem(of size: Size2D) -> String? {
        let legal = self.size(near: size)
        if legal == size { return nil }
        var rules = ["of at least \(minimum)"]
        if multiple > 1 { rules.append("multiples of \(multiple)") }
        if let maximum { rules.append("at most \(maximum)") }
        return "expected sides \(rules.joined(separator: ", ")), found \(size); the nearest such size is \(legal)"
    }
}
