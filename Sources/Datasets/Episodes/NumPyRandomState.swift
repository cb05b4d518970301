/// The Mersenne Twister MT19937 with NumPy's legacy (`RandomState`) ways of drawing from it.
///
/// Published episode lists are defined by this generator; with the same seed it gives the same numbers as
/// `numpy.random.seed(seed)` followed by the legacy functions.
public struct NumPyRandomState: RandomNumberGenerator, Sendable {
    private static let size = 624
    private static let shift = 397

    private var words: [UInt32]
    private var position = Self.size

    /// Seeds as `numpy.random.seed(seed)` does for a single integer.
    public init(seed: UInt32) {
        words = [UInt32](repeating: seed, count: Self.size)
        for index in 1..<Self.size {
            let previous = words[index - 1]
            words[index] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index)
        }
    }

    /// The next 32 bits.
    public mutating func nextUInt32() -> UInt32 {
        if position == Self.size { refill() }
        var word = words[position]
        position += 1
        word ^= word >> 11
        word ^= (word << 7) & 0x9d2c_5680
        word ^= (word << 15) & 0xefc6_0000
        return word ^ (word >> 18)
    }

    /// The next 64 bits: two draws, the first in the upper half.
    public mutating func next() -> UInt64 {
        let upper = UInt64(nextUInt32())
        return upper << 32 | UInt64(nextUInt32())
    }

    /// A number in `0...maximum` by masked rejection (NumPy's `legacy_random_interval`).
    public mutating func interval(_ maximum: UInt32) -> UInt32 {
        guard maximum > 0 else { return 0 }
        let mask = UInt32.max >> UInt32(maximum.leadingZeroBitCount)
        while true {
            let value = nextUInt32() & mask
            if value <= maximum { return value }
        }
    }

    /// The numbers `0..<count` in the order of `numpy.random.permutation(count)`.
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        guard count > 1 else { return order }
        for index in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(index, Int(interval(UInt32(index))))
        }
        return order
    }

    /// One of `0..<count` as `numpy.random.choice(range(count), 1, replace=False)` draws it: the first of a whole
    /// permutation, which it consumes.
    public mutating func choice(_ count: Int) -> Int { permutation(count)[0] }

    /// A number in `0..<1` of 53 bits (`numpy.random.random_sample`).
    public mutating func uniform() -> Double {
        let upper = Double(nextUInt32() >> 5)
        let lower = Double(nextUInt32() >> 6)
        return (upper * 67_108_864 + lower) / 9_007_199_254_740_992
    }

    private mutating func refill() {
        for index in 0..<Self.size {
            let next = words[(index + 1) % Self.size]
            let mixed = (words[index] & 0x8000_0000) | (next & 0x7fff_ffff)
            let twist: UInt32 = mixed & 1 == 0 ? 0 : 0x9908_b0df
            words[index] = words[(index + Self.shift) % Self.size] ^ (mixed >> 1) ^ twist
        }
        position = 0
    }
}
