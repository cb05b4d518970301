public import Datasets
public import Diffusion
internal import Foundation
public import SegModels
internal import TensorCore

/// Auxiliary supports for runs: what a plan of evaluation or training with a choice of them uses.
public struct AuxiliaryExtension: SupportExtension {
    /// What was chosen.
    public let choice: AuxiliaryChoice
    /// Makes the pictures.
    public let generator: any AuxiliaryGenerator
    private let edges: (any EdgeDetector)?
    private let masker: (any SupportMasker)?
    private let cache: GenerationCache?

    /// Loads what the choice names.
    ///
    /// - Throws: `ConfigurationError` for numbers out of range; what generators, edge networks and maskers throw.
    public init(_ choice: AuxiliaryChoice, _ compute: ComputeSettings) throws {
        try choice.settings.validate(source: "auxiliary supports")
        self.choice = choice
        generator = try choice.generator.generator(compute)
        edges = try choice.edges.map { HEDEdges(try HED.load(URL(fileURLWithPath: $0))) }
        masker = try choice.masker?.masker(compute)
        cache = choice.cache.map { GenerationCache(URL(fileURLWithPath: $0)) }
        cache?.clean()
    }

    private var condition: ControlCondition {
        ControlCondition(choice.settings.control, edges: edges, side: choice.settings.side(for: generator))
    }

    public var identity: String {
        ([generator.identity, condition.identity] + (masker.map { [$0.identity] } ?? [])).joined(separator: "; ")
    }

    public var record: [String: String] {
        let settings = choice.settings
        var record = [
            "auxiliary": "\(settings.count) of \(settings.made)", "auxiliaryControl": condition.identity,
            "auxiliaryGenerator": generator.identity, "auxiliaryPrompt": settings.prompt, "auxiliarySteps": "\(settings.steps)",
            "auxiliaryGuidance": "\(settings.guidance)", "auxiliarySeed": "\(settings.seed)",
            "auxiliaryMask": settings.mask.rawValue,
        ]
        if settings.compares {
            record["auxiliaryFilter"] = "\(settings.filter.measure.rawValue) from \(settings.filter.threshold)"
        }
        if settings.asksSegmenter { record["auxiliaryEstimator"] = masker?.identity ?? "the segmenter itself" }
        return record
    }

    public var remarks: [String] { cache?.remarks ?? [] }

    public func around<Base: EpisodicSegmenter>(
        _ base: Base, classes: [FewShotClass], backbone: any Backbone
    ) throws -> any SupportExtendingSegmenter {
        let estimator: any MaskEstimator = masker.map { BoxMaskEstimator($0) } ?? SegmenterMaskEstimator(base)
        return AuxiliarySupports(base, maker(choice.settings, estimator, backbone), classes: classes)
    }

    /// - Throws: `RunError` where the settings ask for a segmenter's masks and no masker is given: the one that is trained knows nothing yet.
    public func extending(_ dataset: any FewShotDataset, backbone: any Backbone) throws -> any CompanionedDataset {
        if choice.settings.asksSegmenter && masker == nil {
            throw RunError.conflict(
                "auxiliary supports of a training are to be compared by masks, which needs a trained masker; give --auxiliary-sam, or compare by features and keep the shared mask."
            )
        }
        return AuxiliaryDataset(dataset, maker(choice.settings, masker.map { BoxMaskEstimator($0) }, backbone))
    }

    private func maker(
        _ settings: AuxiliarySettings, _ estimator: (any MaskEstimator)?, _ backbone: any Backbone
    ) -> AuxiliaryMaker {
        let features = BackboneFeatures(backbone)
        let consistency = MaskConsistency(features: features, estimator: settings.asksSegmenter ? estimator : nil)
        let isNeeded = settings.compares || settings.asksSegmenter
        return AuxiliaryMaker(
            generator, settings: settings, edges: edges, cache: cache, consistency: isNeeded ? consistency : nil)
    }

    /// Makes one of the missing pictures, which the cache keeps, to say how long the others take.
    public func forecast(count: Int, support: (Int) throws -> ShownSupport) throws -> SupportForecast {
        var plain = choice.settings
        (plain.filter.threshold, plain.mask) = (-1, .shared)
        plain.count = plain.made
        let maker = AuxiliaryMaker(generator, settings: plain, edges: edges, cache: cache)
        var forecast = SupportForecast(pictures: 0, known: 0)
        for number in 0..<count {
            try Task.checkCancellation()
            let shown = try support(number)
            for request in try maker.requests(shown.support, of: shown.item) {
                forecast.pictures += 1
                if let cache, cache.holds(key: maker.key(request)) {
                    forecast.known += 1
                } else if forecast.secondsEach == nil {
                    let start = Date()
                    guard try maker.picture(request) != nil else { continue }
                    forecast.secondsEach = Date().timeIntervalSince(start)
                    let file = cache?.file(key: maker.key(request))
                    forecast.bytesEach = file.flatMap { try? $0.resourceValues(forKeys: [.fileSizeKey]).fileSize }
                    forecast.known += cache == nil ? 0 : 1
                }
            }
        }
        return forecast
    }

    public func sheet(of supports: [ShownSupport], backbone: any Backbone) throws -> RGBImage? {
        guard choice.settings.count > 0, !supports.isEmpty else { return nil }
        var settings = choice.settings
        (settings.filter.measure, settings.filter.threshold, settings.mask) = (.features, -1, .shared)
        let scores = MaskConsistency(features: BackboneFeatures(backbone))
        let maker = AuxiliaryMaker(generator, settings: settings, edges: edges, cache: cache, consistency: scores)
        return try AuxiliarySheet(supports, maker).rendered()
    }
}
