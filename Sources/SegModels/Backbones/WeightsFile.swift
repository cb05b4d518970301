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
        for name in state.names where name.hasSuffix(".num_batches_tracked") { state[name] = nil }
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

/// What the differences between weights and network suggest.
enum LoadingHint {
    static func hint(for report: LoadReport) -> String? {
        if report.matched.isEmpty && report.mismatched.isEmpty {
            return "no name agrees: the weights are of another family, or carry a prefix"
        }
        var hints: [String] = []
        let heads = ["fc.", "classifier."]
        func isHead(_ name: String) -> Bool { heads.contains { name.hasPrefix($0) } }
        if report.missing.contains(where: isHead) {
            hints.append("the weights have no classifier: describe it without \"classes\"")
        }
        if report.unexpected.contains(where: isHead) { hints.append("the weights have a classifier: give its \"classes\"") }
        let layers = (1...4).map { "layer\($0)." }
        func layer(_ name: String) -> Int? { layers.firstIndex { name.hasPrefix($0) } }
        if let first = report.missing.compactMap(layer).min(), !report.matched.contains(where: { layer($0) == first }), first > 0
        {
            hints.append("the weights stop after layer\(first): give as many \"blocks\"")
        }
        if let first = report.unexpected.compactMap(layer).min(), !report.matched.contains(where: { layer($0) == first }) {
            hints.append("the weights go on to layer\(first + 1): give \"blocks\" for it")
        }
        return hints.isEmpty ? nil : hints.joined(separator: "; ")
    }
}
