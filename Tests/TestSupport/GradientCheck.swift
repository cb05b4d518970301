internal import Foundation
public import TensorCore

/// Compares derivatives with differences of the function itself.
public enum GradientCheck {
    /// What is wrong with the gradients of `function`, or nil.
    ///
    /// The result is projected to a scalar with fixed weights, summed in double precision; each element of each input
    /// is moved by one and two steps to both sides (the five-point rule: an error of the fourth power of `step`).
    /// Gradients are compared relative to the largest of their tensor.
    public static func mismatch(
        at inputs: [Tensor], step: Float = 0.02, tolerance: Float = 2e-3,
        _ function: ([Tensor]) throws -> Tensor
    ) rethrows -> String? {
        let leaves = inputs.map { $0.requiringGradient() }
        let result = try function(leaves)
        let weights = (0..<result.count).map { cos(Float($0) * 1.3 + 0.4) }
        let gradients = result.gradients(seed: Tensor(weights, shape: result.shape))
        for (position, leaf) in leaves.enumerated() {
            guard let gradient = gradients[leaf] else { return "input \(position) has no gradient" }
            let numeric = try numericGradient(inputs, position, weights, step, function)
            let largest = numeric.map(abs).max() ?? 0
            let allowed = Tolerance.elements(relative: 0, absolute: tolerance * max(largest, 0.1))
            if let problem = TestSupport.mismatch(gradient.scalars, numeric, shape: leaf.shape, allowed) {
                return "input \(position): \(problem)"
            }
        }
        return nil
    }

    private static func numericGradient(
        _ inputs: [Tensor], _ position: Int, _ weights: [Float], _ step: Float, _ function: ([Tensor]) throws -> Tensor
    ) rethrows -> [Float] {
        let centre = inputs[position].scalars
        func projected(_ index: Int, _ offset: Float) throws -> Double {
            var moved = centre
            moved[index] += offset
            var operands = inputs
            operands[position] = Tensor(moved, shape: inputs[position].shape)
            let values = try withoutGradients { try function(operands).scalars }
            return zip(values, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        return try centre.indices.map { index in
            let near = try projected(index, step) - projected(index, -step)
            let far = try projected(index, 2 * step) - projected(index, -2 * step)
            return Float((8 * near - far) / (12 * Double(step)))
        }
    }
}
