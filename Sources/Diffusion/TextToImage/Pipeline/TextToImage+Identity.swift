public import TensorCore

extension TextToImage {
    /// The digest of the model: all weights (``weightsDigest``) and the vocabularies that prompts are split by. A cache of pictures is found
    /// by it.
    ///
    /// - Throws: as ``weightsDigest``.
    public var digest: String {
        get throws {
            let parts = try ["model 1", weightsDigest] + prompts.vocabularyDigests()
            return SHA256.hex(parts.joined(separator: "\n"))
        }
    }

    /// The digest of all weights, their names and types. It reads them once, text encoders that are
    /// there only while prompts are encoded included.
    ///
    /// - Throws: ``TextToImageError`` for text encoders that cannot be opened any more.
    public var weightsDigest: String {
        get throws { try Self.weightsDigest(modules + prompts.passingModules()) }
    }

    /// The digest of the weights of networks, their names and types.
    public static func weightsDigest(_ modules: [any Module]) -> String {
        var hash = SHA256()
        for parameter in modules.flatMap(\.parameters) {
            hash.update(Array("\(parameter.path) \(parameter.dtype) \(parameter.shape)\n".utf8))
            withoutGradients { parameter.value }.withHostBytes { hash.update($0) }
        }
        return hash.hexDigest()
    }
}
