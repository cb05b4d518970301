import SegModels
import TensorCore

/// A fusion: the mean over the views, and the largest.
struct Extremes: PriorFusion {
    func channels(kinds: [String]) -> [ConditionLayout.Meaning] {
        kinds.map { .mean($0) } + kinds.map { .other("largest \($0)") }
    }

    func normalized(_ priors: Tensor) -> Tensor { (priors - priors.mean()) / (priors.variance().squareRoot() + 1e-6) }

    func fused(_ priors: Tensor) -> Tensor {
        .concatenated(
            [priors.mean(axes: [0], keepingDimensions: true), priors.max(axes: [0], keepingDimensions: true)], axis: 3)
    }
}
