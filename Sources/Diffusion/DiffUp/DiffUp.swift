public import Datasets
public import SegModels
public import TensorCore

/// The whole model: backbone, BAFT, UAPF and a mask denoiser (figure 2).
///
/// Immutable and Sendable: one model serves any number of tasks at once.
public final class DiffUp: EpisodicSegmenter, Sendable {
    /// The mask denoiser; ``UQDD`` is the paper's.
    public let denoiser: any MaskDenoiser
    /// The backbone half.
    public let extractor: PriorExtractor
    let pipeline: DiffUpPipeline

    /// Puts a denoiser behind a backbone; any backbone fits any denoiser (model stitching, equation 3).
    ///
    /// - Parameters:
    ///   - backbone: turns photos into features.
    ///   - denoiser: draws masks under conditions.
    ///   - parts: everything else.
    ///   - cacheCapacity: bytes of features that are kept for photos that come again; 0 for none.
    /// - Throws: ``DiffUpError/levels(backbone:found:expected:)`` where the backbone has another number of levels,
    ///   ``DiffUpError/lowLevel(backbone:found:expected:)`` where the denoiser takes features of another width.
    public convenience init(
        backbone: any Backbone, denoiser: any MaskDenoiser, parts: DiffUpParts, cacheCapacity: Int = 2 << 30
    ) throws(DiffUpError) {
        try self.init(backbone: backbone, denoiser: denoiser, parts: parts, cache: FeatureCache(capacity: cacheCapacity))
    }

    /// The same with features that are shared with other models.
    init(
        backbone: any Backbone, denoiser: any MaskDenoiser, parts: DiffUpParts, cache: FeatureCache
    ) throws(DiffUpError) {
        guard backbone.levels.count == denoiser.levelCount else {
            throw .levels(backbone: backbone.name, found: backbone.levels.count, expected: denoiser.levelCount)
        }
        try denoiser.checkLowLevel(of: backbone)
        self.denoiser = denoiser
        extractor = PriorExtractor(backbone: backbone, parts: parts, cache: cache)
        pipeline = DiffUpPipeline(extractor: extractor, denoiser: denoiser)
    }

    /// The parts beside backbone and denoiser.
    public var parts: DiffUpParts { extractor.parts }

    /// The same denoiser behind another backbone, without training.
    ///
    /// - Throws: ``DiffUpError/levels(backbone:found:expected:)``.
    public func stitched(to backbone: any Backbone) throws(DiffUpError) -> DiffUp {
        try DiffUp(backbone: backbone, denoiser: denoiser, parts: parts)
    }

    /// The model with other parts, such as another sampler or prior.
    ///
    /// - Parameters:
    ///   - cacheCapacity: bytes of features that are kept for photos that come again; 0 for none.
    ///   - change: replaces parts.
    /// - Throws: ``DiffUpError``.
    public func with(
        cacheCapacity: Int = 2 << 30, _ change: (inout DiffUpParts) -> Void
    ) throws(DiffUpError) -> DiffUp {
        var parts = parts
        change(&parts)
        return try DiffUp(backbone: extractor.backbone, denoiser: denoiser, parts: parts, cacheCapacity: cacheCapacity)
    }

    /// Segments the query.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports; `CancellationError` within one sampling step when the
    ///   task was cancelled.
    public func segment(_ episode: Episode) throws -> Prediction { .probabilities(try pipeline(episode)) }

    /// Segments the query away from the caller's actor and tells of every sampling step.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports; `CancellationError` within one sampling step when the
    ///   task was cancelled; what `onStep` throws.
    public func segment(
        _ episode: Episode, onStep: @Sendable (WorkProgress) throws -> Void
    ) async throws -> Prediction {
        let clock = WorkClock(total: parts.sampler.stepCount)
        let map = try pipeline(episode) { event in
            if case .step(let step) = event { try onStep(clock.progress(step.index + 1)) }
        }
        return .probabilities(map)
    }

    /// Segments the query and keeps what the model saw on the way.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports; `CancellationError` within one sampling step when the
    ///   task was cancelled.
    public func explain(_ episode: Episode) throws -> Explanation {
        var explanation = Explanation()
        explanation.probabilities = try pipeline(episode) { explanation.record($0) }
        return explanation
    }
}
