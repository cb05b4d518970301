public import Foundation
internal import TensorCore

extension WordModel {
    /// The metadata key of what describes the weights.
    static let metadataKey = "words"

    /// What stands beside the weights.
    private struct Description: Codable {
        var version = 1
        var shape: WordShape
        var words: [String]
        var channels: [Int]
        var backbone: String
        var training: String
    }

    /// Writes the model, whole or not at all.
    ///
    /// - Parameters:
    ///   - url: a file of safetensors.
    ///   - training: what it was trained on, for readers.
    /// - Throws: `CheckpointError` where it cannot be written.
    public func save(to url: URL, training: String) throws {
        var state = stateDict()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let description = Description(
            shape: shape, words: words, channels: channels, backbone: backboneDigest, training: training)
        state.metadata[Self.metadataKey] = String(decoding: try encoder.encode(description), as: UTF8.self)
        try Safetensors.save(state, to: url)
    }

    /// Reads a model and freezes it.
    ///
    /// - Throws: `CheckpointError` for a damaged file, ``TextEncoderError`` for one of something else or of another version.
    public static func load(_ url: URL) throws -> WordModel {
        let state = try Safetensors.load(contentsOf: url)
        guard let text = state.metadata[metadataKey] else {
            throw TextEncoderError.weights(
                file: url.path, reason: "holds no words: its metadata lacks \(metadataKey); train them with `fss train words`")
        }
        let found: Description
        do { found = try JSONDecoder().decode(Description.self, from: Data(text.utf8)) } catch {
            throw TextEncoderError.weights(file: url.path, reason: "its metadata \(metadataKey) cannot be read: \(error)")
        }
        let most = 1 << 16
        let isLegal =
            (1...most).contains(found.words.count) && (1...64).contains(found.channels.count)
            && found.channels.allSatisfy { (1...most).contains($0) }
            && found.words.allSatisfy { (1...64).contains($0.utf8.count) }
        guard found.version == 1, isLegal else {
            throw TextEncoderError.weights(
                file: url.path,
                reason:
                    "version \(found.version), \(found.words.count) words and \(found.channels.count) levels, expected version 1, "
                    + "1...\(most) words of up to 64 bytes and 1...64 levels of up to \(most) channels")
        }
        let model = try WordModel(
            ParameterScope(.loading), found.shape, words: found.words, channels: found.channels,
            backboneDigest: found.backbone)
        try model.load(state)
        model.freeze()
        return model
    }
}
