public import Datasets
public import SegModels
public import TensorCore

/// The whole model: backbone, BAFT, UAPF and a mask denoiser (figure 2).
///
/// Immutable and Sendable: one model serves any number of tasks at once.
public final class DiffUp: EpisodicSegmenter, Sendable {
    /// The mask denoiser; ``UQDD`` is the paper's.
    public let denoiser: any MaskDenoiser
    /// The backbone half of each backbone.
    public let extractors: [PriorExtractor]
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

    /// Puts a denoiser behind several backbones at once: their priors are fused as views, without training. One backbone given twice is
    /// that backbone.
    ///
    /// Words are looked up in the first backbone that shares a space with text; low-level features (LFE) are those of the first one.
    ///
    /// - Parameters:
    ///   - backbones: at least one.
    ///   - cacheCapacity: bytes of features that are kept, an equal part for each backbone; 0 for none.
    /// - Throws: as for one backbone.
    public convenience init(
        backbones: [any Backbone], denoiser: any MaskDenoiser, parts: DiffUpParts, cacheCapacity: Int = 2 << 30
    ) throws(DiffUpError) {
        precondition(!backbones.isEmpty, "DiffUp: no backbone, expected one or more")
        let share = cacheCapacity / backbones.count
        try self.init(
            backbones: backbones.map { ($0, FeatureCache(capacity: share)) }, denoiser: denoiser, parts: parts)
    }

    /// The same with features that are shared with other models.
    convenience init(
        backbone: any Backbone, denoiser: any MaskDenoiser, parts: DiffUpParts, cache: FeatureCache
    ) throws(DiffUpError) {
        try self.init(backbones: [(backbone, cache)], denoiser: denoiser, parts: parts)
    }

    /// Several backbones, each with its features.
    init(
        backbones: [(network: any Backbone, cache: FeatureCache)], denoiser: any MaskDenoiser, parts: DiffUpParts
    ) throws(DiffUpError) {
        for (backbone, _) in backbones where backbone.levels.count != denoiser.levelCount {
            throw .levels(backbone: backbone.name, found: backbone.levels.count, expected: denoiser.levelCount)
        }
        try denoiser.checkLowLevel(of: backbones[0].network)
        self.denoiser = denoiser
        extractors = backbones.map { PriorExtractor(backbone: $0.network, parts: parts, cache: $0.cache) }
        pipeline = DiffUpPipeline(extractors: extractors, denoiser: denoiser)
    }

    /// The backbone half; of several backbones the first one's.
    public var extractor: PriorExtractor { extractors[0] }

    /// The parts beside backbones and denoiser.
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
        return try DiffUp(
            backbones: extractors.map(\.backbone), denoiser: denoiser, parts: parts, cacheCapacity: cacheCapacity)
    }

    /// Segments the query.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports; `CancellationError` within one sampling step when the
    ///   task was cancelled.
    public func segment(_ episode: Episode) throws -> Prediction { try prediction(episode) }

    /// Segments the query, and judges whether the thing is there where ``DiffUpParts/presence`` says how.
    ///
    /// - Parameters:
    ///   - listen: hears what the judgement goes by; nil for nobody, which is cheaper without a judgement.
    ///   - observe: hears what is seen on the way.
    func prediction(
        _ episode: Episode, listen: ((PresenceSignals) -> Void)? = nil,
        observe: (DiffUpPipeline.Event) throws -> Void = { _ in }
    ) throws -> Prediction {
        guard parts.presence != nil || listen != nil else {
            return .probabilities(try pipeline(episode, observe: observe))
        }
        var signals = PresenceSignals(priors: parts.priors.map(\.name))
        let map = try withoutGradients {
            try pipeline(episode) { event in
                signals.record(event)
                try observe(event)
            }
        }
        signals.record(map)
        listen?(signals)
        guard let calibration = parts.presence else { return .probabilities(map) }
        return .judged(map, presence: calibration.presence(signals.values))
    }

    /// Segments the query away from the caller's actor and tells of every sampling step.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports; `CancellationError` within one sampling step when the
    ///   task was cancelled; what `onStep` throws.
    public func segment(
        _ episode: Episode, onStep: @Sendable (WorkProgress) throws -> Void
    ) async throws -> Prediction {
        let clock = WorkClock(total: parts.sampler.stepCount)
        return try prediction(
            episode,
            observe: { event in
                if case .step(let step) = event { try onStep(clock.progress(step.index + 1)) }
            })
    }

    /// Segments the query and keeps what the model saw on the way.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports; `CancellationError` within one sampling step when the
    ///   task was cancelled.
    public func explain(_ episode: Episode) throws -> Explanation {
        var explanation = Explanation()
        let prediction = try prediction(episode, observe: { explanation.record($0) })
        (explanation.probabilities, explanation.presence) = (prediction.map, prediction.presence)
        return explanation
    }
}
