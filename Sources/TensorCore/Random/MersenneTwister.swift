/// MT19937, the generator behind NumPy's legacy functions and torch's CPU generator.
public struct MersenneTwister: Sendable, Equatable {
    private static let size = 624
    private var words: [UInt32]
    private var position: Int

    /// Seeds as `init_genrand`, by the low 32 bits, as torch's `at::mt19937` does.
    public init(seed: UInt64) {
        words = [UInt32](repeating: 0, count: Self.size)
        words[0] = UInt32(truncatingIfNeeded: seed)
        for index in 1..<Self.size {
            let previous = words[index - 1] ^ (words[index - 1] >> 30)
            words[index] = 1_812_433_253 &* previous &+ UInt32(index)
        }
        position = Self.size
    }

    /// The next 32 random bits.
    public mutating func next() -> UInt32 {
        if position == Self.size { refill() }
        var word = words[position]
        position += 1
        word ^= word >> 11
        word ^= (word << 7) & 0x9d2c_5680
        word ^= (word << 15) & 0xefc6_0000
        return word ^ (word >> 18)
    }

    private mutating func refill() {
        for index in 0..<Self.size {
            let joined = (words[index] & 0x8000_0000) | (words[(index + 1) % Self.size] & 0x7fff_ffff)
            let twisted = joined & 1 == 0 ? joined >> 1 : (joined >> 1) ^ 0x9908_b0df
            words[index] = words[(index + 397) % Self.size] ^ twisted
        }
        position = 0
    }

    /// The whole state, for exact resume: 624 words and the position.
    public var state: [UInt32] { words + [UInt32(position)] }

    /// Restores ``state``; nil for anything that is not one.
    public init?(state: [UInt32]) {
        guard state.count == Self.size + 1, state[Self.size] <= UInt32(Self.size) else { return nil }
        words = Array(state.dropLast())
        position = Int(state[Self.size])
    }
}
