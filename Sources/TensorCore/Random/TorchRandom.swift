internal import Foundation

/// The random source of models and training: the streams of torch's CPU generator.
///
/// `normal` equals `torch.randn` and `uniform` equals `torch.rand` from the same seed (to the last bits of the
/// logarithm and cosine). Randomness is always injected; there is no global generator.
public struct TorchRandom: Sendable {
    private var generator: MersenneTwister
    /// The second half of a double-precision Box-Muller pair, for requests below 16 elements.
    private var cached: Double?

    /// Seeds as `torch.manual_seed`: 64 bits, of which the generator takes the low 32.
    public init(seed: UInt64) { generator = MersenneTwister(seed: seed) }

    /// A number in `0..<1` with 24 random bits.
    public mutating func uniform() -> Float { Float(generator.next() & 0xff_ffff) * 0x1p-24 }

    /// A whole number in `0..<bound`, without modulo bias (masked rejection).
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "TorchRandom.integer: bound \(bound)")
        let limit = UInt32(bound - 1)
        if limit == 0 { return 0 }
        let mask = UInt32.max >> UInt32(limit.leadingZeroBitCount)
        while true {
            let candidate = generator.next() & mask
            if candidate <= limit { return Int(candidate) }
        }
    }

    /// `torch.rand(shape)` scaled to `range`.
    public mutating func uniform(shape: Shape, in range: ClosedRange<Float> = 0...1) -> Tensor {
        let width = range.upperBound - range.lowerBound
        var values = [Float](repeating: 0, count: shape.elementCount)
        for index in values.indices { values[index] = range.lowerBound + width * uniform() }
        return Tensor(values, shape: shape)
    }

    /// `torch.randn(shape)`.
    public mutating func normal(shape: Shape) -> Tensor { Tensor(normals(shape.elementCount), shape: shape) }

    /// Standard normal numbers, as `torch.randn(count)`.
    public mutating func normals(_ count: Int) -> [Float] {
        if count < 16 { return (0..<count).map { _ in Float(pairedNormal()) } }
        var values = [Float](repeating: 0, count: count)
        for index in values.indices { values[index] = uniform() }
        for start in stride(from: 0, through: count - 16, by: 16) { Self.boxMuller(&values, at: start) }
        if count % 16 != 0 {
            // torch refills the last sixteen, so that a partial group never remains.
            for index in (count - 16)..<count { values[index] = uniform() }
            Self.boxMuller(&values, at: count - 16)
        }
        return values
    }

    private static func boxMuller(_ values: inout [Float], at start: Int) {
        for index in start..<(start + 8) {
            let radius = (-2 * logf(1 - values[index])).squareRoot()
            let angle = 2 * Float.pi * values[index + 8]
            values[index] = radius * cosf(angle)
            values[index + 8] = radius * sinf(angle)
        }
    }

    private mutating func pairedNormal() -> Double {
        if let second = cached {
            cached = nil
            return second
        }
        let first = uniform53()
        let radius = (-2 * log1p(-uniform53())).squareRoot()
        let angle = 2 * Double.pi * first
        cached = radius * sin(angle)
        return radius * cos(angle)
    }

    private mutating func uniform53() -> Double {
        let high = UInt64(generator.next())
        let bits = (high << 32) | UInt64(generator.next())
        return Double(bits & ((1 << 53) - 1)) * 0x1p-53
    }

    /// The state for exact resume.
    public var state: [UInt32] {
        guard let bits = cached?.bitPattern else { return generator.state + [0, 0, 0] }
        return generator.state + [1, UInt32(truncatingIfNeeded: bits), UInt32(bits >> 32)]
    }

    /// Restores ``state``; nil for anything that is not one.
    public init?(state: [UInt32]) {
        let pending = Array(state.suffix(3))
        guard state.count > 3, pending[0] <= 1, let generator = MersenneTwister(state: Array(state.dropLast(3))) else {
            return nil
        }
        self.generator = generator
        cached = pending[0] == 1 ? Double(bitPattern: UInt64(pending[1]) | UInt64(pending[2]) << 32) : nil
    }
}
