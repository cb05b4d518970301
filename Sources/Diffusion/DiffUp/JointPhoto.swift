internal import Datasets
internal import SegModels

/// One photo in the spaces that backbones share with words: a backbone looks at it when a word first asks, and once for all words.
///
/// For one pass over the photo, in one task.
final class JointPhoto {
    private let photo: RGBImage
    private var known: [ObjectIdentifier: QueryFeatures] = [:]

    init(_ photo: RGBImage) { self.photo = photo }

    /// The features of a photo, which are kept where it is this one.
    ///
    /// - Parameters:
    ///   - asked: this photo, or another one.
    ///   - extractor: whose backbone looks; it lives as long as this value.
    ///   - look: computes them.
    func features(of asked: RGBImage, by extractor: PriorExtractor, look: () -> QueryFeatures) -> QueryFeatures {
        guard asked == photo else { return look() }
        let key = ObjectIdentifier(extractor)
        if let features = known[key] { return features }
        let features = look()
        known[key] = features
        return features
    }
}

extension PriorExtractor {
    /// A photo's features in the space of words.
    ///
    /// - Parameters:
    ///   - joint: the backbone, as one that has such a space.
    ///   - shared: what several words ask about; nil for one word alone.
    func jointFeatures(of photo: RGBImage, by joint: any JointSpaceBackbone, _ shared: JointPhoto?) -> QueryFeatures {
        func look() -> QueryFeatures { QueryFeatures(joint.jointFeatures(batch([photo]))) }
        return shared?.features(of: photo, by: self, look: look) ?? look()
    }
}
