internal import Foundation
internal import TensorCore

/// The tensors of a file, and where a description of it may lie.
struct WeightsFile {
    let checkpoint: Checkpoint
    let state: StateDict
    private let url: URL

    init(_ url: URL) throws(BackboneError) {
        self.url = url
        do throws(CheckpointError) {
            checkpoint = try Checkpoint(contentsOf: url)
        } catch {
            throw .weights(error)
        }
        var state = checkpoint.state
        for name in state.names where name.hasSuffix(WeightsIndex.counter) { state[name] = nil }
        self.state = state
    }

    /// The digest of the file, which is read as a whole for it.
    func sha256() throws(BackboneError) -> String {
        do throws(CheckpointError) { return try checkpoint.sha256() } catch { throw .weights(error) }
    }

    /// The tensors under the names that a network registers, and what was done to the file's names.
    func state(
        for network: any Backbone, _ family: any BackboneFamily.Type
    ) throws(BackboneError) -> (state: StateDict, notes: [String]) {
        let index = WeightsIndex(state)
        var (chosen, notes) = (state, checkpoint.notes)
        if let prefix = NamePrefix.find(in: index, for: WeightsIndex(network), family) {
            chosen = state.removingPrefix(prefix)
            notes.append("took the \(chosen.count) tensors under \"\(prefix)\", left \(state.count - chosen.count)")
        }
        if let layout = WeightsIndex(chosen).canonical(family.keyMaps).layout { notes.append("read the names of \(layout)") }
        do throws(CheckpointError) {
            return (try chosen.canonical(family.keyMaps), notes)
        } catch {
            throw .weights(error)
        }
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

extension Checkpoint {
    /// What reading did to the file's names, for people.
    var notes: [String] {
        var notes: [String] = []
        if !wrappers.isEmpty {
            let others = left.isEmpty ? "" : ", left \(left.map { "\"\($0)\"" }.joined(separator: ", "))"
            notes.append("took \(wrappers.map { "\"\($0)\"" }.joined(separator: " in "))\(others)")
        }
        if !prefix.isEmpty { notes.append("took \"\(prefix)\" off the names") }
        return notes
    }
}
