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
    /// Channels of the backbone's finest features that it takes beside the conditions (``MaskConditions/lowLevel``); 0, the default,
    /// for none. One that takes any belongs to backbones of that width.
    var lowLevelChannels: Int { get }
    /// Whether it draws masks from noise alone, as a generator does: it is trained at the last timestep only, where the noisy mask
    /// tells nothing. False by default.
    var isGenerator: Bool { get }

    /// Computes what only the query determines, once for all steps and samples.
    ///
    /// - Parameters:
    ///   - conditions: one query for all samples, or as many queries as there will be masks.
    ///   - precision: the type of activations.
    func prepared(for conditions: MaskConditions, precision: Precision) -> any PreparedDenoiser
}

extension MaskDenoiser {
    public var lowLevelChannels: Int { 0 }
    public var isGenerator: Bool { false }
}

/// A denoiser that has seen its conditions.
public protocol PreparedDenoiser: Sendable {
    /// One denoising step.
    ///
    /// - Parameters:
    ///   - x: the noisy masks `[N, s, s, 1]`, clean masks being -1 and 1; float32.
    ///   - timesteps: `[N]`, whole numbers from 0.
    func callAsFunction(_ x: Tensor, timesteps: Tensor) -> DenoiserOutput

    /// What the quality branch alone says of masks; nil, the default, without one.
    ///
    /// - Parameter masks: `[N, s, s, 1]`, noisy or clean, float32.
    func quality(of masks: Tensor) -> MaskQuality?
}

extension PreparedDenoiser {
    public func quality(of masks: Tensor) -> MaskQuality? { nil }
}

/// A judgement of masks whose truth nobody knows (DQM's two levels).
public struct MaskQuality: Sendable {
    /// The predicted truth less the mask, `[N, s, s, 1]` float32: above 0 where the object is missed, below where it is wrong.
    public var errorMap: Tensor?
    /// The predicted IoU of the binarised mask, `[N]`.
    public var iou: Tensor?

    /// Wraps a judgement.
    public init(errorMap: Tensor? = nil, iou: Tensor? = nil) {
        self.errorMap = errorMap
        self.iou = iou
    }
}

/// What a denoiser knows of a query.
public struct MaskConditions: Sendable {
    /// One `[N, h, w, K]` a level, finest first.
    public var levels: [Tensor]
    /// The query at the denoiser's resolution, `[N, s, s, 3]` in [-1, 1].
    public var image: Tensor
    /// `E` of the condition shift, `[N, s, s, 1]` in [-1, 1].
    public var expectation: Tensor
    /// The backbone's finest features of the query, `[N, h, w, C]`, for a denoiser that takes them (LFE, table 9); nil otherwise.
    public var lowLevel: Tensor?

    /// Joins the parts.
    public init(levels: [Tensor], image: Tensor, expectation: Tensor, lowLevel: Tensor? = nil) {
        self.levels = levels
        self.image = image
        self.expectation = expectation
        self.lowLevel = lowLevel
    }

    /// Conditions of several queries as one batch.
    public static func joined(_ queries: [MaskConditions]) -> MaskConditions {
        func joined(_ part: (MaskConditions) -> Tensor) -> Tensor { .concatenated(queries.map(part), axis: 0) }
        return MaskConditions(
            levels: (queries.first?.levels ?? []).indices.map { level in joined { $0.levels[level] } },
            image: joined(\.image), expectation: joined(\.expectation),
            lowLevel: queries.allSatisfy { $0.lowLevel != nil } && !queries.isEmpty
                ? .concatenated(queries.compactMap(\.lowLevel), axis: 0) : nil)
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
