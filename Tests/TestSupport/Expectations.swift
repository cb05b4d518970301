public import TensorCore

/// How far a result may be from its reference.
public enum Tolerance: Sendable {
    /// Every element within `absolute + relative * |expected|`.
    case elements(relative: Float, absolute: Float)
    /// The Euclidean norm of the difference within this share of the reference's.
    case relativeNorm(Double)

    /// The rule for float32.
    public static let float32 = Tolerance.elements(relative: 1e-4, absolute: 1e-5)
    /// The rule for bfloat16.
    public static let bfloat16 = Tolerance.relativeNorm(2e-2)
}

/// What is wrong with `actual`, or nil: its shape, or the elements that leave the tolerance, with the worst one's index
/// and both values. NaN equals NaN, an infinity itself.
public func mismatch(_ actual: Tensor, _ expected: Tensor, _ tolerance: Tolerance = .float32) -> String? {
    if actual.shape != expected.shape { return "shape \(actual.shape), expected \(expected.shape)" }
    if !expected.dtype.isFloatingPoint {
        if actual.dtype != expected.dtype { return "type \(actual.dtype), expected \(expected.dtype)" }
        let pairs = Array(zip(actual.integers, expected.integers))
        guard let index = pairs.firstIndex(where: { $0 != $1 }) else { return nil }
        return "\(pairs[index].0) at \(place(index, in: actual.shape)), expected \(pairs[index].1)"
    }
    if !actual.dtype.isFloatingPoint { return "type \(actual.dtype), expected a floating type" }
    return mismatch(actual.scalars, expected.scalars, shape: expected.shape, tolerance)
}

/// ``mismatch(_:_:_:)`` of scalars in row-major order.
public func mismatch(_ actual: [Float], _ expected: [Float], shape: Shape, _ tolerance: Tolerance) -> String? {
    var worst = (index: 0, excess: -Float.infinity)
    var wrong = 0
    var differences = 0.0
    var references = 0.0
    for (index, (found, wanted)) in zip(actual, expected).enumerated() {
        if agreeOutsideReals(found, wanted) { continue }
        let difference = abs(found - wanted)
        differences += Double(difference) * Double(difference)
        references += Double(wanted) * Double(wanted)
        var allowed = Float.infinity
        if case .elements(let relative, let absolute) = tolerance { allowed = absolute + relative * abs(wanted) }
        let excess = difference.isNaN || difference.isInfinite ? Float.infinity : difference - min(allowed, 3e38)
        if !(difference <= allowed) || difference == .infinity { wrong += 1 }
        if excess > worst.excess { worst = (index, excess) }
    }
    if case .relativeNorm(let share) = tolerance {
        let allowed = share * references.squareRoot() + 1e-6
        if differences.squareRoot() <= allowed { return nil }
        worst = (farthest(actual, expected), 0)
    } else if wrong == 0 {
        return nil
    }
    let summary = "worst at \(place(worst.index, in: shape)): \(actual[worst.index]), expected \(expected[worst.index])"
    let norm = references > 0 ? (differences / references).squareRoot() : differences.squareRoot()
    return "\(wrong) of \(actual.count) elements off, relative norm \(norm), \(summary)"
}

private func agreeOutsideReals(_ a: Float, _ b: Float) -> Bool {
    (a.isNaN && b.isNaN) || (a == b && a.isInfinite)
}

private func farthest(_ actual: [Float], _ expected: [Float]) -> Int {
    let distances = zip(actual, expected).map { abs($0 - $1) }
    return distances.indices.max { distances[$0] < distances[$1] || distances[$1].isNaN } ?? 0
}

/// The multi-dimensional index of a row-major position.
private func place(_ index: Int, in shape: Shape) -> [Int] {
    zip(shape, shape.strides).map { extent, stride in index / stride % max(extent, 1) }
}
