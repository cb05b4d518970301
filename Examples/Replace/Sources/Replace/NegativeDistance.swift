import SegModels
import TensorCore

/// A prior: the squared distance to the prototype instead of the cosine.
struct NegativeDistance: PriorTransformation {
    func prior(_ prototypes: Prototypes, _ query: QueryFeatures) -> Tensor {
        let lengths = prototypes.foreground.squared().sum(axes: [1], keepingDimensions: true)
        let pixels = query.pixels.squared().sum(axes: [1]).reshaped(to: [1, query.pixels.shape[0]])
        return prototypes.foreground.matmul(query.pixels, transposed: .right) * 2 - lengths - pixels
    }
}
