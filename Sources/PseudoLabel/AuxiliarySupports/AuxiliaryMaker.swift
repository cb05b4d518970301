public import Datasets
internal import Foundation
internal import Synchronization
internal import TensorCore

/// A generated picture as a support.
public struct AuxiliarySupport: Sendable {
    /// The picture in the support's size, with its mask.
    public var support: Support
    /// Its number among the pictures of the support.
    public var index: Int
    /// How well it keeps the mask; nil where nothing was compared.
    public var score: ConsistencyScore?
}

/// Makes auxiliary supports: generates, compares, keeps the best.
///
/// Pictures are kept in a ``GenerationCache`` where one is given, so that a run that is stopped at any moment goes on where it was. The
/// supports that were asked for last stay in memory.
public final class AuxiliaryMaker: Sendable {
    /// The numbers and words.
    public let settings: AuxiliarySettings
    /// Makes the pictures.
    public let generator: any AuxiliaryGenerator
    /// Draws what it is told of the layout.
    public let condition: ControlCondition
    /// Keeps the pictures on disk; nil for not.
    public let cache: GenerationCache?
    /// Compares them; nil where no setting asks for it.
    public let consistency: MaskConsistency?
    private let recent = Mutex(Recent())

    /// The supports that were made last.
    private struct Recent {
        private var made: [String: [AuxiliarySupport]] = [:]
        private var order: [String] = []
        private var bytes = 0

        subscript(_ key: String) -> [AuxiliarySupport]? { made[key] }

        mutating func keep(_ supports: [AuxiliarySupport], _ key: String) {
            guard made[key] == nil else { return }
            made[key] = supports
            order.append(key)
            bytes += Self.bytes(supports)
            while bytes > AuxiliaryMaker.capacity, order.count > 1 {
                bytes -= Self.bytes(made.removeValue(forKey: order.removeFirst()) ?? [])
            }
        }

        /// A picture with its mask, a byte a sample.
        private static func bytes(_ supports: [AuxiliarySupport]) -> Int {
            supports.reduce(0) { $0 + $1.support.image.pixels.count / 3 * 4 }
        }
    }

    /// Bytes of pictures that stay in memory.
    private static let capacity = 256 << 20

    /// A maker.
    ///
    /// - Parameters:
    ///   - edges: finds edges for scribbles and soft boundaries; nil for outlines of masks.
    ///   - consistency: compares pictures with their support. Without it, all are kept with the shared mask.
    /// - Precondition: the settings are in range; `consistency` is there where the settings compare.
    public init(
        _ generator: any AuxiliaryGenerator, settings: AuxiliarySettings = AuxiliarySettings(), edges: (any EdgeDetector)? = nil,
        cache: GenerationCache? = nil, consistency: MaskConsistency? = nil
    ) {
        precondition(
            consistency != nil || !(settings.compares || settings.asksSegmenter),
            "AuxiliaryMaker: the settings compare pictures, but there is nothing to compare them by")
        precondition(
            consistency?.estimator != nil || !settings.asksSegmenter,
            "AuxiliaryMaker: the settings ask for a segmenter's mask, but there is no segmenter")
        (self.generator, self.settings, self.cache) = (generator, settings, cache)
        self.consistency = consistency
        condition = ControlCondition(settings.control, edges: edges, side: settings.side(for: generator))
    }

    /// What to make of a support, in the order of the numbers.
    ///
    /// - Throws: `DatasetError` for an annotation without a pixel.
    public func requests(_ support: Support, of item: FewShotClass) throws -> [AuxiliaryRequest] {
        guard settings.highestClass == 0 || item.id <= settings.highestClass else { return [] }
        let photo = support.image
        let mask = try support.annotation.rasterised(height: photo.height, width: photo.width)
        let content = AuxiliaryRequest.digest(photo, mask)
        return (0..<settings.made).map { index in
            let digest = contentDigest(["seed", "\(settings.seed)", content, "\(item.id)", "\(index)"])
            // 16 bits, as released.
            let seed = UInt64(digest.prefix(4), radix: 16) ?? 0
            return AuxiliaryRequest(
                photo: photo, mask: mask, id: support.id, item: item, condition: condition,
                prompt: settings.prompt(for: item.name),
                negativePrompt: settings.negativePrompt, steps: settings.steps, guidance: settings.guidance,
                strength: settings.strength, seed: seed, index: index)
        }
    }

    /// The auxiliary supports of a support: ``AuxiliarySettings/count``, or fewer where pictures are missing or left out.
    ///
    /// - Throws: `DatasetError` for an annotation without a pixel, ``GenerationError`` for a cache that takes no more; what the generator
    ///   throws; `CancellationError`.
    public func companions(of support: Support, of item: FewShotClass) throws -> [AuxiliarySupport] {
        let requests = try requests(support, of: item)
        guard let first = requests.first else { return filledUp([], support, item) }
        let key = contentDigest([first.digest, support.id])
        if let known = recent.withLock({ $0[key] }) { return known }
        var made: [AuxiliarySupport] = []
        let known = try consistency.map { try $0.means(of: support.image, first.mask) }
        for request in requests {
            try Task.checkCancellation()
            if let one = try companion(request, support, known) { made.append(one) }
        }
        let kept = filledUp(chosen(made), support, item)
        recent.withLock { $0.keep(kept, key) }
        return kept
    }

    private func companion(
        _ request: AuxiliaryRequest, _ support: Support, _ known: MaskConsistency.Means?
    ) throws -> AuxiliarySupport? {
        guard var picture = try picture(request)?.image else { return nil }
        if picture.height != request.mask.height || picture.width != request.mask.width {
            picture = picture.resized(height: request.mask.height, width: request.mask.width, filter: .bilinear)
        }
        // The name of a picture made of a photo must not be the photo's: caches of features go by it.
        let id = support.id.isEmpty ? "" : "\(support.id)#\(request.digest.prefix(16))"
        var made = AuxiliarySupport(
            support: Support(image: picture, annotation: .mask(request.mask), id: id), index: request.index)
        guard let consistency, let known else { return made }
        let (score, estimated) = try consistency.score(picture, of: support, request.mask, known: known)
        made.score = score
        if settings.mask == .estimated, let estimated, estimated.area > 0 { made.support.annotation = .mask(estimated) }
        return made
    }

    /// A picture, from disk or made and kept; nil where the generator has none.
    func picture(_ request: AuxiliaryRequest) throws -> (image: RGBImage, isNew: Bool)? {
        guard let cache else { return try generator.picture(request).map { ($0, true) } }
        let key = key(request)
        let note = ImageRequest(
            prompt: request.prompt, className: request.item.name, seed: request.seed, index: request.index)
        return try cache.image(key: key, note, by: generator.identity) { try generator.picture(request) }
    }

    /// The key of a picture on disk.
    func key(_ request: AuxiliaryRequest) -> String { contentDigest([generator.identity, request.digest]) }

    /// The best, in the order of their numbers.
    private func chosen(_ made: [AuxiliarySupport]) -> [AuxiliarySupport] {
        guard settings.compares else { return Array(made.prefix(settings.count)) }
        func value(_ one: AuxiliarySupport) -> Float { one.score?.value(settings.filter.measure) ?? -1 }
        let good = made.filter { value($0) >= settings.filter.threshold }
        let best = good.sorted { (value($0), $1.index) > (value($1), $0.index) }.prefix(settings.count)
        return best.sorted { $0.index < $1.index }
    }

    private func filledUp(_ kept: [AuxiliarySupport], _ support: Support, _ item: FewShotClass) -> [AuxiliarySupport] {
        guard settings.fillsUp, kept.count < settings.count else { return kept }
        let missing = settings.count - kept.count
        return kept + (0..<missing).map { AuxiliarySupport(support: support, index: settings.made + $0) }
    }
}
