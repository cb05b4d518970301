public import TensorCore

/// A network that denoises a mask under conditions that no backbone is known to. ``UQDD`` is the paper's.
///
/// A replaceable value: conditions come in the order of a `ConditionLayout`, one map a level, each level at half the side of
/// the one before.
public protocol MaskDenoiser: Module {
    /// Side of the noisy mask, and of the finest conditions.
    var resolution: Int { get }
    /// Levels of conditions that it takes.
    var levelCount: Int { get }

    /// Computes what only the query determines, once for all steps and samples.
    ///
    /// - Parameters:
    ///   - conditions: one query for all samples, or as many queries as there will be masks.
    ///   - precision: the type of activations.
    func prepared(for conditions: MaskConditions, precision: Precision) -> any PreparedDenoiser
}

/// A denoiser that has seen its conditions.
public protocol PreparedDenoiser: Sendable {
    /// One denoising step.
    ///
    /// - Parameters:
    ///   - x: the noisy masks `[N, s, s, 1]`, clean masks being -1 and 1; float32.
    ///   - timesteps: `[N]`, whole numbers from 0.
    func callAsFunction(_ x: Tensor, timesteps: Tensor) -> DenoiserOutput
}

/// What a denoiser knows of a query.
public struct MaskConditions: Sendable {
    /// One `[N, h, w, K]` a level, finest first.
    public var levels: [Tensor]
    /// The query at the denoiser's resolution, `[N, s, s, 3]` in [-1, 1].
    public var image: Tensor
    /// `E` of the condition shift, `[N, s, s, 1]` in [-1, 1].
    public var expectation: Tensor

    /// Joins the parts.
    public init(levels: [Tensor], image: Tensor, expectation: Tensor) {
        self.levels = levels
        self.image = image
        self.expectation = expectation
    }

    /// Conditions of several queries as one batch.
    public static func joined(_ queries: [MaskConditions]) -> MaskConditions {
        func joined(_ part: (MaskConditions) -> Tensor) -> Tensor { .concatenated(queries.map(part), axis: 0) }
        return MaskConditions(
            levels: (queries.first?.levels ?? []).indices.map { level in joined { $0.levels[level] } },
            image: joined(\.image), expectation: joined(\.expectation))
    }
}

/// What a denoiser says about noisy masks.
public struct DenoiserOutput: Sendable {
    /// The estimate of the process' prediction (noise, clean mask or velocity, as it was trained), `[N, s, s, 1]` float32.
    public var prediction: Tensor
    /// The predicted error map, nil without a quality branch.
    public var errorMap: Tensor?
    /// The predicted IoU of the binarised noisy mask, `[N]`, nil without a quality branch.
    public var iou: Tensor?

    /// Wraps an answer.
    public init(prediction: Tensor, errorMap: Tensor? = nil, iou: Tensor? = nil) {
        self.prediction = prediction
        self.errorMap = errorMap
        self.iou = iou
    }
}
