internal import Datasets
internal import SegModels
internal import TensorCore

extension PriorExtractor {
    /// The episode's supports, with a mask where one carries no annotation: of what the episode's words activate in it, where the parts
    /// have an encoder for them, else of what all photos share (``DiffUpParts/discovery``).
    ///
    /// - Parameters:
    ///   - query: the query's features, one value a level.
    ///   - shared: the query, for several words; nil for one alone.
    /// - Throws: ``DiffUpError/noJointSpace(backbone:reason:)`` for words that the backbone cannot be asked about;
    ///   `TextEncoderError` for a text that has no vector.
    func annotated(_ episode: Episode, query: [QueryFeatures], _ shared: JointPhoto? = nil) throws -> [Support] {
        var supports = episode.supports
        let bare = supports.indices.filter { supports[$0].annotation.kind == .none }
        guard !bare.isEmpty, let deepest = query.last else { return supports }
        let maps = try withoutGradients {
            if let text = episode.text, parts.textEncoder != nil {
                return try bare.map { try activation(of: text, in: supports[$0].image, shared) }
            }
            let all = parts.discovery.activations(of: supports.map { deepestFeatures($0.image) }, query: deepest)
            return bare.map { all[$0] }
        }
        for (place, index) in bare.enumerated() {
            let photo = supports[index].image
            let threshold = ActivationThreshold.otsu(maps[place].scalars)
            let full = maps[place].resized(to: Size2D(height: photo.height, width: photo.width), .bilinear)
            let mask = ScalarMap(full).mask(from: threshold)
            // A map without a peak says that the thing is everywhere.
            let whole = BinaryMask(height: photo.height, width: photo.width, values: mask.values.map { _ in true })
            supports[index].annotation = .mask(mask.boundingBox == nil ? whole : mask)
        }
        return supports
    }

    private func deepestFeatures(_ photo: RGBImage) -> QueryFeatures {
        let maps = kept({ ContentKey("deepest level", settings, ContentKey(photo).digest) }) { features([photo]).suffix(1) }
        return QueryFeatures(maps[0])
    }

    /// Where the words hold in a photo, `[1, h, w, 1]`.
    private func activation(of text: String, in photo: RGBImage, _ shared: JointPhoto?) throws -> Tensor {
        let (joint, texts) = try encoded(text)
        let features = jointFeatures(of: photo, by: joint, shared)
        return parts.textActivation.prior(texts, features).reshaped(to: [1, features.size.height, features.size.width, 1])
    }
}
