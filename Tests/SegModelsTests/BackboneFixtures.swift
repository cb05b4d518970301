internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Weights and images made by the formulas of `Scripts/goldens/backbones.py`, and its results.
enum BackboneFixtures {
    /// A file of results.
    static func golden(_ name: String) throws -> StateDict {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        return try Safetensors.load(contentsOf: folder.appendingPathComponent("backbone-\(name).safetensors"))
    }

    /// `count` numbers in [0, 1): splitmix64 of FNV-1a(name) + index, upper 24 bits.
    static func uniform(_ name: String, count: Int) -> [Double] {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (1...max(count, 1)).map { index in
            var z = seed &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            z ^= z >> 31
            return Double(z >> 40) / 16_777_216
        }
    }

    /// The weights of every parameter of `module`.
    static func formulaState(of module: some Module) -> StateDict {
        var state = StateDict()
        for parameter in module.parameters {
            state[parameter.path] = formulaTensor(parameter.path, parameter.shape)
        }
        return state
    }

    static func formulaTensor(_ name: String, _ shape: Shape) -> Tensor {
        let numbers = uniform(name, count: shape.elementCount)
        let values: [Double]
        if shape.rank > 1 {
            let bound = (6 / Double(shape.elementCount / shape[0])).squareRoot()
            values = numbers.map { (2 * $0 - 1) * bound }
        } else if name.hasSuffix("running_var") {
            values = numbers.map { 0.5 + $0 }
        } else if name.hasSuffix("weight") {
            values = numbers.map { 0.9 + 0.2 * $0 }
        } else {
            values = numbers.map { 0.2 * ($0 - 0.5) }
        }
        return Tensor(values.map { Float($0) }, shape: shape)
    }

    /// Raw pixels `[count, height, width, 3]`.
    static func formulaImages(_ count: Int, _ height: Int, _ width: Int) -> Tensor {
        var pixels: [UInt8] = []
        for n in 0..<count {
            for y in 0..<height {
                for x in 0..<width {
                    for c in 0..<3 {
                        let slope = x * (3 + c) + y * (5 + 2 * c)
                        pixels.append(UInt8((slope + x * y / 7 + 40 * n) % 256))
                    }
                }
            }
        }
        return Tensor(pixels, shape: [count, height, width, 3])
    }

    /// The mean of every map's elements, weighed so that no gradient cancels, summed.
    static func loss(of maps: [Tensor]) -> Tensor {
        let terms = maps.enumerated().map { index, map in
            let weights = uniform("loss\(index)", count: map.count).map { Float($0 - 0.5) }
            return (map * Tensor(weights, shape: map.shape)).mean()
        }
        return terms.dropFirst().reduce(terms[0]) { $0 + $1 }
    }

    /// Expects equal shapes, and elements within `tolerance` of their size and of the largest.
    static func expectEqual(
        _ found: Tensor, _ expected: Tensor, _ what: String, tolerance: Float = 1e-4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard found.shape == expected.shape else {
            Issue.record("\(what): \(found.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
            return
        }
        let reference = expected.scalars
        let largest = reference.map(abs).max() ?? 0
        let worst = zip(found.scalars, reference).map { abs($0 - $1) / max(abs($1) + largest, 1e-30) }
        let error = worst.contains(where: \.isNaN) ? Float.nan : worst.max() ?? 0
        #expect(largest > 0, "\(what): the golden is all zero", sourceLocation: sourceLocation)
        #expect(error < tolerance, "\(what)", sourceLocation: sourceLocation)
    }

    /// The distance of two tensors relative to the second's length.
    static func relativeDistance(_ found: Tensor, _ expected: Tensor) -> Float {
        let difference = found.converted(to: .float32) - expected
        return difference.norm().scalar / expected.norm().scalar
    }
}
