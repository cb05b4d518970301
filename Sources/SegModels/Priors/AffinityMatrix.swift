public import TensorCore

/// An affinity that was computed before, perhaps stored in a byte a weight.
public struct AffinityMatrix: Sendable {
    /// `[P, P]`: the weights, or their steps between ``low`` and the row's largest.
    public let weights: Tensor
    /// The size of a step, `[1, P]`, one a row; nil where ``weights`` are the weights themselves.
    public let step: Tensor?
    /// The smallest weight of a row, `[1, P]`; nil where ``weights`` are the weights themselves.
    public let low: Tensor?

    /// Wraps weights.
    public init(_ weights: Tensor) { self.init(weights: weights, step: nil, low: nil) }

    private init(weights: Tensor, step: Tensor?, low: Tensor?) {
        (self.weights, self.step, self.low) = (weights, step, low)
    }

    /// A byte a weight, in 255 equal steps from each row's smallest to its largest: a quarter of the memory, and an error of at
    /// most a 510th of the row's range.
    public var quantized: AffinityMatrix {
        let low = weights.min(axes: [1], keepingDimensions: true)
        let range = weights.max(axes: [1], keepingDimensions: true) - low
        let step = (range / 255).clamped(to: 1e-30...Float.infinity)
        let steps = ((weights - low) / step).rounded().clamped(to: 0...255).converted(to: .uint8)
        return AffinityMatrix(weights: steps, step: step.reshaped(to: [1, low.count]), low: low.reshaped(to: [1, low.count]))
    }

    /// `A p` for rows `p`, `[R, P]`.
    public func applied(to rows: Tensor) -> Tensor {
        guard let step, let low else { return rows.matmul(weights, transposed: .right) }
        let sums = rows.sum(axes: [1], keepingDimensions: true)
        return rows.matmul(weights.converted(to: .float32), transposed: .right) * step + sums * low
    }

    /// The tensors to keep; ``init(kept:)`` is the inverse.
    public var tensors: [Tensor] { [weights, step, low].compactMap { $0 } }

    /// Wraps ``tensors``; nil for another number of them.
    public init?(kept tensors: [Tensor]) {
        guard tensors.count == 1 || tensors.count == 3 else { return nil }
        let isQuantized = tensors.count == 3
        self.init(weights: tensors[0], step: isQuantized ? tensors[1] : nil, low: isQuantized ? tensors[2] : nil)
    }
}
