internal import TensorCore

/// Weights and inputs made by the formulas of `Scripts/goldens/uqdd.py`.
enum Formulas {
    /// `count` numbers in [0, 1): splitmix64 of FNV-1a(name) + index, upper 24 bits.
    static func uniform(_ name: String, count: Int) -> [Float] {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (0..<count).map { index in
            var z = seed &+ (UInt64(index) + 1) &* 0x9e37_79b9_7f4a_7c15
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            z ^= z >> 31
            return Float(z >> 40) / 16_777_216
        }
    }

    /// Values in [-1, 1).
    static func signed(_ name: String, _ shape: Shape) -> Tensor {
        Tensor(uniform(name, count: shape.elementCount).map { 2 * $0 - 1 }, shape: shape)
    }

    /// The value of a parameter: away from zero and identity, matrices by fan-in.
    static func weight(_ name: String, _ shape: Shape) -> Tensor {
        let numbers = uniform(name, count: shape.elementCount)
        let values: [Float]
        if shape.rank > 1 {
            let bound = (6 / Float(shape.elementCount / shape[0])).squareRoot() * 0.5
            values = numbers.map { (2 * $0 - 1) * bound }
        } else if name.hasSuffix("weight") {
            values = numbers.map { 0.9 + 0.2 * $0 }
        } else {
            values = numbers.map { 0.2 * ($0 - 0.5) }
        }
        return Tensor(values, shape: shape)
    }

    /// Moves every parameter away from zero and identity.
    static func randomise(_ module: some Module) {
        for parameter in module.parameters { parameter.value = weight(parameter.path, parameter.shape) }
    }
}
