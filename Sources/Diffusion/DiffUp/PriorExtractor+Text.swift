internal import Datasets
internal import SegModels
internal import TensorCore

extension PriorExtractor {
    /// Priors of the episode's words, `[1, h, w, kinds]` on the grid of the joint features; nil without words or priors of them.
    ///
    /// - Parameter shared: the query, for several words; nil for one alone.
    /// - Throws: ``DiffUpError/noJointSpace(backbone:reason:)`` for words that the backbone cannot be asked about;
    ///   `TextEncoderError` for a text that has no vector.
    func textPriors(_ episode: Episode, _ shared: JointPhoto? = nil) throws -> Tensor? {
        guard !parts.textPriors.isEmpty, let text = episode.text else { return nil }
        return try textPriors(text, on: episode.query, shared)
    }

    /// Priors of words beside the visual ones, the same for every view; zero where there are no words.
    ///
    /// - Parameters:
    ///   - maps: of ``textPriors(_:_:)``.
    ///   - visual: one `[V, h, w, kinds]` a level.
    func adding(_ maps: Tensor?, to visual: [Tensor]) -> [Tensor] {
        guard !parts.textPriors.isEmpty else { return visual }
        return visual.map { level in
            let shape = level.shape.replacing(axis: 3, with: parts.textPriors.count)
            let size = Size2D(height: shape[1], width: shape[2])
            let own = maps.map { $0.resized(to: size, .bilinear).broadcast(to: shape) }
            return .concatenated([level, own ?? Tensor(repeating: 0, shape: shape, beside: level)], axis: 3)
        }
    }

    private func textPriors(_ text: String, on photo: RGBImage, _ shared: JointPhoto?) throws -> Tensor {
        try withoutGradients {
            let (joint, texts) = try encoded(text)
            let query = jointFeatures(of: photo, by: joint, shared)
            let maps = parts.textPriors.map { $0.transformation.prior(texts, query) }
            return Tensor.stacked(maps, axis: 2)
                .reshaped(to: [1, query.size.height, query.size.width, parts.textPriors.count])
        }
    }

    /// The vector of words, and the backbone in whose space it is.
    ///
    /// - Throws: ``DiffUpError/noJointSpace(backbone:reason:)``; `TextEncoderError` for a text that has no vector.
    func encoded(_ text: String) throws -> (backbone: any JointSpaceBackbone, texts: Tensor) {
        guard let joint = backbone as? any JointSpaceBackbone else {
            throw DiffUpError.noJointSpace(backbone: backbone.name, reason: "it shares no space with text")
        }
        guard let encoder = parts.textEncoder, encoder.space == joint.space, encoder.dimension == joint.dimension else {
            let found =
                parts.textEncoder.map { "the text encoder \($0.name) has the space \($0.space)" } ?? "there is no text encoder"
            throw DiffUpError.noJointSpace(backbone: backbone.name, reason: "its space is \(joint.space), but \(found)")
        }
        return (joint, try encoder.encoded([text]))
    }
}
