/// A SplitMix64 stream: 64-bit integer arithmetic alone, so that it is the same on every platform and for every
/// version of the standard library.
struct ShapeRandom {
    private var state: UInt64

    /// Starts the stream that belongs to a list of keys; another order of the keys is another stream.
    init(keys: [UInt64]) {
        var folded: UInt64 = 0x6A09_E667_F3BC_C909
        for key in keys {
            folded = ShapeRandom.mix(folded ^ ShapeRandom.mix(key &+ 0x9E37_79B9_7F4A_7C15))
        }
        state = folded
    }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return ShapeRandom.mix(state)
    }

    /// A number in [0, 1) with 24 bits, each of which a `Float` holds exactly.
    mutating func unit() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// A number in [low, high).
    mutating func uniform(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * unit()
    }

    /// `true` with a given probability.
    mutating func chance(_ probability: Float) -> Bool {
        unit() < probability
    }

    /// An integer in 0..<count. The bias of the remainder is below 2^-58 for the counts used here.
    mutating func index(below count: Int) -> Int {
        Int(next() % UInt64(count))
    }

    /// A unit vector in any direction.
    mutating func direction() -> PlaneVector {
        PlaneVector(turns: unit())
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
