/// NumPy's legacy `RandomState`, as far as episode lists in the field were drawn with it.
public struct NumPyRandom: Sendable {
    private var generator: MersenneTwister

    /// The seeds that NumPy accepts.
    public static let seeds: ClosedRange<UInt64> = 0...UInt64(UInt32.max)

    /// Seeds as `numpy.random.seed` with an integer.
    ///
    /// - Precondition: `seed` is one of ``seeds``; NumPy refuses others, too.
    public init(seed: UInt64) {
        require(Self.seeds.contains(seed), "NumPyRandom", "the seed is \(seed), expected at most \(UInt32.max)")
        generator = MersenneTwister(seed: seed)
    }

    /// A whole number in `0...maximum` by masked rejection (`random_interval`).
    public mutating func interval(_ maximum: Int) -> Int {
        if maximum == 0 { return 0 }
        let limit = UInt32(maximum)
        let mask = UInt32.max >> UInt32(limit.leadingZeroBitCount)
        while true {
            let candidate = generator.next() & mask
            if candidate <= limit { return Int(candidate) }
        }
    }

    /// `numpy.random.permutation(count)`.
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, interval(last)) }
        return order
    }

    /// `numpy.random.choice(range(count), 1, replace=False)[0]`, which consumes a whole permutation.
    public mutating func choice(below count: Int) -> Int { permutation(count)[0] }
}
