public import Datasets
internal import SegModels
internal import TensorCore

/// A frame of a video and what was found in it, for the frame after: one more support whose mask is a guess.
public struct FrameBefore: Sendable {
    /// The frame.
    public var image: RGBImage
    /// The probabilities of each concept in the size of the frame; nil for a concept that says nothing about the frame after.
    public var maps: [ProbabilityMap?]
    /// Lower probabilities are no part of the thing.
    public var threshold: Float

    /// Names a frame and what was found in it.
    ///
    /// - Precondition: the maps have the size of the frame.
    public init(image: RGBImage, maps: [ProbabilityMap?], threshold: Float = 0.5) {
        for map in maps.compactMap({ $0 }) {
            precondition(
                map.height == image.height && map.width == image.width,
                "FrameBefore: a map is \(map.width)x\(map.height), the frame \(image.width)x\(image.height)")
        }
        (self.image, self.maps, self.threshold) = (image, maps, threshold)
    }

    /// How much each pixel counts as the thing, `[1, H, W, 1]`: its probability from the threshold on, else nothing. Nil where none does.
    func weights(of map: ProbabilityMap) -> Tensor? {
        let values = map.values.map { $0 >= threshold ? min($0, 1) : 0 }
        guard values.contains(where: { $0 > 0 }) else { return nil }
        return Tensor(values, shape: [1, map.height, map.width, 1])
    }
}

extension ConceptFinder {
    /// The finder for the frame after: each concept that was found has the frame before as one more view beside those of its supports,
    /// pooled under its probabilities. The marked supports stay, so that the view weighs one among theirs in the fusion of priors.
    ///
    /// - Parameter frame: has a map, or nil, for each of ``names``.
    /// - Precondition: the frame has as many maps as there are names.
    public func following(_ frame: FrameBefore) -> ConceptFinder {
        precondition(
            frame.maps.count == names.count, "ConceptFinder: \(frame.maps.count) maps of a frame for \(names.count) concepts")
        let weights = frame.maps.map { $0.flatMap(frame.weights) }
        guard weights.contains(where: { $0 != nil }) else { return self }
        let levels = model.extractors.map { $0.queryFeatures(frame.image).map(\.map) }
        let shown = zip(shown, weights).map { concept, weights in
            guard let weights else { return concept }
            let views = levels.map { maps in
                withoutGradients { maps.map { Prototypes(pooling: $0, mask: weights.placed(on: $0.device)) } }
            }
            return concept.joined(by: views)
        }
        return ConceptFinder(model, names: names, shown: shown)
    }
}

extension ShownConcept {
    /// The concept with further views, one value a level for each backbone.
    func joined(by views: [[Prototypes]]) -> ShownConcept {
        switch self {
        case .prototypes(let own): .prototypes(zip(own, views).map { .joined($0, $1) })
        case .bare(let supports, let text, let further):
            .bare(supports, text: text, further: further.isEmpty ? views : zip(further, views).map { .joined($0, $1) })
        }
    }
}

extension [Prototypes] {
    /// The views of both, level by level.
    static func joined(_ first: [Prototypes], _ second: [Prototypes]) -> [Prototypes] {
        zip(first, second).map { Prototypes.joined([$0, $1]) }
    }
}
