public import Datasets
internal import SegModels
internal import TensorCore

/// Finds several concepts in photos: what is shown is looked at once, and so is every photo, however many concepts are asked for.
///
/// ```swift
/// let finder = try ConceptFinder(model, concepts: [cup, plate])
/// let maps = try finder.find(in: photo)  // one a concept
/// ```
///
/// Immutable and Sendable: one finder serves any number of tasks at once.
public struct ConceptFinder: Sendable {
    /// A concept as it was found in one photo.
    public struct Finding: Sendable {
        /// The probability of the concept, in the size of the photo; 0 for one that is absent.
        public var probabilities: ProbabilityMap
        /// How sure the model is that the concept is in the photo at all, 0...1: calibrated where the model has a calibration, else the
        /// surest pixels (`PresenceScore.standard`). Of a photo in tiles the highest of its tiles.
        public var presence: Float
        /// Sampling steps that were walked; fewer than asked for where the mask settled. A first look's count, too.
        public var steps: Int
        /// What the first look said; nil without one, and for a concept that was absent by its priors already.
        public var look: FirstLookOutcome?
    }

    /// Photos with more pixels are looked at in a smaller copy where the model takes no part of them: colours and edges.
    static let mostPixels = 1 << 22

    /// What the concepts are called, in their order.
    public let names: [String]
    let model: DiffUp
    let shown: [ShownConcept]

    /// Looks at concepts.
    ///
    /// - Parameters:
    ///   - model: finds them.
    ///   - concepts: what is looked for, each in its own right.
    ///   - store: where prototypes are kept by the content of concept and model. A concept that is found there is not decoded.
    /// - Throws: `ImageError` for a photo that is damaged, ``DiffUpError`` for a support without annotation.
    public init(_ model: DiffUp, concepts: [Concept], store: FeatureStore = FeatureStore(memory: 0)) throws {
        self.model = model
        names = concepts.map(\.name)
        shown = try concepts.map { concept in
            if concept.supports.contains(where: { $0.annotation.kind == .none }) {
                return .bare(try concept.decodedSupports(), text: nil, further: [])
            }
            return .prototypes(
                try model.extractors.map { extractor in
                    let key = ContentKey("concept", extractor.settings, extractor.parts.views.identity, concept.digest)
                    return PriorExtractor.prototypes(
                        try store.tensors(key) {
                            PriorExtractor.flattened(try extractor.prototypes(of: try concept.decodedSupports()))
                        })
                })
        }
    }

    /// Looks at supports that are at hand.
    ///
    /// - Parameters:
    ///   - model: finds what they show.
    ///   - shown: a name and supports a concept. A support without annotation is compared with every photo to find what they share.
    /// - Throws: ``DiffUpError`` for a concept without supports.
    public init(_ model: DiffUp, shown: [(name: String, supports: [Support])]) throws {
        self.model = model
        names = shown.map(\.name)
        self.shown = try shown.map { _, supports in
            if supports.contains(where: { $0.annotation.kind == .none }) { return .bare(supports, text: nil, further: []) }
            return .prototypes(try model.extractors.map { try $0.prototypes(of: supports) })
        }
    }

    /// Looks for names alone, without supports.
    ///
    /// - Parameters:
    ///   - model: finds them; its backbone shares a space with words, and its parts have the encoder of that space
    ///     (``DiffUpParts/textEncoder``).
    ///   - words: the names.
    public init(_ model: DiffUp, words: [String]) {
        self.init(model, names: words, shown: words.map { .bare([], text: $0, further: []) })
    }

    init(_ model: DiffUp, names: [String], shown: [ShownConcept]) {
        (self.model, self.names, self.shown) = (model, names, shown)
    }

    /// Finds every concept in a photo.
    ///
    /// - Parameters:
    ///   - photo: the photo, of any size.
    ///   - tiling: for things that are small in it: every part is looked at as if it were a photo, and what was found is joined without
    ///     seams. Nil to look at the whole once.
    ///   - absentBelow: photos, or their tiles, in which a concept has a lower presence do not show it; nil to take all. Where a
    ///     calibration goes by priors alone, the decoder is not asked then, which makes concepts that are absent cheap.
    ///   - look: says which of several concepts are drawn by the whole ensemble; nil for all. A single one is drawn without a look.
    /// - Returns: one finding a concept, in the order of ``names``. They may overlap.
    /// - Throws: `CancellationError` within one sampling step when the task was cancelled.
    public func find(
        in photo: RGBImage, tiling: PhotoTiling? = nil, absentBelow: Float? = nil, look: (any FirstLook)? = nil
    ) throws -> [Finding] {
        var findings: [Finding] = []
        try find(in: photo, tiling: tiling, absentBelow: absentBelow, look: look) { findings.append($1) }
        return findings
    }

    /// Finds every concept in a photo and hands them over one by one, so that never more than one of them is in memory in the size of
    /// the photo.
    ///
    /// - Parameters:
    ///   - photo: as for ``find(in:tiling:absentBelow:look:)``.
    ///   - tiling: as there.
    ///   - absentBelow: as there.
    ///   - look: as there.
    ///   - body: takes the place among ``names``, and what was found.
    /// - Throws: as there; what `body` throws.
    public func find(
        in photo: RGBImage, tiling: PhotoTiling? = nil, absentBelow: Float? = nil, look: (any FirstLook)? = nil,
        _ body: (Int, Finding) throws -> Void
    ) throws {
        let full = Size2D(height: photo.height, width: photo.width)
        var found: [FoundMask]
        if let tiling, let tiled = try tiled(photo, tiling, absentBelow, look) {
            found = tiled
        } else {
            found = try masks(in: photo, absentBelow, look)
        }
        for concept in found.indices {
            var map = withoutGradients { ProbabilityMap(found[concept].mask.resized(to: full, .bilinear)) }
            let presence = found[concept].presence ?? presence(of: map, found[concept].signals)
            if let absentBelow, presence < absentBelow {
                map = ProbabilityMap(
                    height: full.height, width: full.width, values: [Float](repeating: 0, count: map.values.count))
            }
            let (steps, look) = (found[concept].steps, found[concept].look)
            try body(concept, Finding(probabilities: map, presence: presence, steps: steps, look: look))
        }
    }

    /// What the tiles of a photo show, joined, in a size of at most ``mostPixels``; nil for a photo that is not parted.
    private func tiled(
        _ photo: RGBImage, _ tiling: PhotoTiling, _ absentBelow: Float?, _ look: (any FirstLook)?
    ) throws -> [FoundMask]? {
        let size = photo.reducedSize(to: Self.mostPixels)
        let longer = max(photo.height, photo.width)
        let tiles = tiling.tiles(height: size.height, width: size.width, photo: longer, side: model.parts.imageSize)
        guard tiles.count > 1 else { return nil }
        var sums = names.map { _ in [Float](repeating: 0, count: size.height * size.width) }
        var weights = [Float](repeating: 0, count: size.height * size.width)
        var steps = [Int](repeating: 0, count: names.count)
        var presences = [Float](repeating: 0, count: names.count)
        var looks = [FirstLookOutcome?](repeating: nil, count: names.count)
        for tile in tiles {
            let extent = Size2D(height: tile.box.height, width: tile.box.width)
            tile.addWeights(to: &weights, width: size.width)
            let part = photo.part(tile.box, ofHeight: size.height, width: size.width)
            for (concept, found) in try masks(in: part, absentBelow, look).enumerated() {
                let map = withoutGradients { ProbabilityMap(found.mask.resized(to: extent, .bilinear)) }
                steps[concept] += found.steps
                looks[concept] = .joined(looks[concept], found.look)
                let presence = found.presence ?? presence(of: map, found.signals)
                presences[concept] = max(presences[concept], presence)
                if let absentBelow, presence < absentBelow { continue }
                tile.add(map, to: &sums[concept], width: size.width)
            }
        }
        return sums.indices.map { concept in
            for pixel in weights.indices { sums[concept][pixel] /= max(weights[pixel], .leastNormalMagnitude) }
            let mask = Tensor(sums[concept], shape: [1, size.height, size.width, 1])
            return FoundMask(mask: mask, steps: steps[concept], presence: presences[concept], look: looks[concept])
        }
    }

    private func presence(of map: ProbabilityMap, _ signals: PresenceSignals?) -> Float {
        guard let calibration = model.parts.presence, var signals else {
            return PresenceScore.standard.value(of: .probabilities(map))
        }
        signals.record(map)
        return calibration.presence(signals.values)
    }

    private func masks(in photo: RGBImage, _ absentBelow: Float?, _ look: (any FirstLook)?) throws -> [FoundMask] {
        try model.pipeline.masks(
            of: photo, reduced: photo.reduced(to: Self.mostPixels), shown: shown, absentBelow: absentBelow, look: look)
    }
}

/// What is known of a concept before a photo is looked at.
enum ShownConcept: Sendable {
    /// One value a level, for each backbone.
    case prototypes([[Prototypes]])
    /// Supports some of which lack an annotation, or none and a text: each photo decides what is shown. Further views, as for
    /// `prototypes`, join them; empty for none.
    case bare([Support], text: String?, further: [[Prototypes]])
}

/// A concept in one photo, in the size of the denoiser's masks or of joined tiles.
struct FoundMask {
    /// `[1, h, w, 1]`.
    var mask: Tensor
    /// Sampling steps that were walked.
    var steps: Int
    /// What presence is judged by; nil where nothing judges it.
    var signals: PresenceSignals?
    /// The presence, where it is known already.
    var presence: Float?
    /// What the first look said.
    var look: FirstLookOutcome?
}

extension RGBImage {
    /// The sides of a copy of at most so many pixels; its own where it has no more.
    func reducedSize(to mostPixels: Int) -> (height: Int, width: Int) {
        guard height * width > mostPixels else { return (height, width) }
        let scale = (Double(mostPixels) / Double(height * width)).squareRoot()
        return (max(1, Int(Double(height) * scale)), max(1, Int(Double(width) * scale)))
    }

    /// A copy of at most so many pixels; itself where it has no more.
    func reduced(to mostPixels: Int) -> RGBImage {
        let size = reducedSize(to: mostPixels)
        return size == (height, width) ? self : resized(height: size.height, width: size.width)
    }

    /// The part of the photo that a box of a smaller copy stands for.
    func part(_ box: Box, ofHeight smallHeight: Int, width smallWidth: Int) -> RGBImage {
        let (y0, y1) = (box.y0 * height / smallHeight, (box.y1 * height + smallHeight - 1) / smallHeight)
        let (x0, x1) = (box.x0 * width / smallWidth, (box.x1 * width + smallWidth - 1) / smallWidth)
        return cropped(y: y0, x: x0, height: min(y1, height) - y0, width: min(x1, width) - x0)
    }
}
