internal import Foundation
internal import TensorCore

/// The tensors of a file, its digest, and where a description of it may lie.
struct WeightsFile {
    let state: StateDict
    let sha256: String
    private let url: URL

    init(_ url: URL) throws(BackboneError) {
        self.url = url
        var state: StateDict
        do throws(CheckpointError) {
            (state, sha256) = try Safetensors.loadWithDigest(contentsOf: url)
        } catch {
            throw .weights(error)
        }
        for name in state.names where name.hasSuffix(WeightsIndex.counter) { state[name] = nil }
        self.state = state
    }

    /// The description beside the file, or inside it.
    func foundDescription() throws(BackboneError) -> BackboneDescription {
        let beside = url.deletingPathExtension().appendingPathExtension("json")
        if FileManager.default.fileExists(atPath: beside.path) {
            let json: Data
            do {
                json = try Data(contentsOf: beside)
            } catch {
                throw .malformedDescription(source: beside.path, reason: error.localizedDescription)
            }
            return try BackboneDescription(json: json, source: beside.path)
        }
        let inside = "the metadata key \"\(Backbones.metadataKey)\" of \(url.path)"
        guard let text = state.metadata[Backbones.metadataKey] else {
            throw .missingDescription(weights: url.path, searched: [beside.path, inside], known: Backbones.names)
        }
        return try BackboneDescription(json: Data(text.utf8), source: inside)
    }
}
