internal import TensorCore

extension TextToImage {
    /// The digest of all weights, their names and types: what a cache of pictures is found by. It reads them once.
    public var weightsDigest: String {
        var hash = SHA256()
        let modules: [any Module] = prompts.modules + [denoiser, autoencoder] + controlNets
        for parameter in modules.flatMap(\.parameters) {
            hash.update(Array("\(parameter.path) \(parameter.dtype) \(parameter.shape)\n".utf8))
            withoutGradients { parameter.value }.withHostBytes { hash.update($0) }
        }
        return hash.hexDigest()
    }
}
