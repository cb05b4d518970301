internal import TensorCore

extension NumPyRandom {
    /// A number in `0..<1` of 53 random bits (`numpy.random.random_sample`).
    mutating func uniform() -> Double {
        let upper = Double(interval(Int(UInt32.max)) >> 5)
        let lower = Double(interval(Int(UInt32.max)) >> 6)
        return (upper * 67_108_864 + lower) / 9_007_199_254_740_992
    }
}
