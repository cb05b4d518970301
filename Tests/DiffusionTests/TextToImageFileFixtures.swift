internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// The models of `Scripts/goldens/stable_diffusion_files.py` as single files, by the tables of names that it writes.
enum TextToImageFileFixtures {
    /// A tensor of a single file: the names here that its rows are.
    struct Entry {
        var original: String
        var own: [String]
        var isSwapped: Bool

        /// The tensor that the file has.
        func tensor(_ state: StateDict) throws -> Tensor {
            let joined = Tensor.concatenated(try own.map { try #require(state[$0], "\($0)") }, axis: 0)
            guard isSwapped else { return joined }
            let half = joined.shape[0] / 2
            return .concatenated(joined.split([half, half], axis: 0).reversed(), axis: 0)
        }
    }

    private static func goldens() throws -> URL {
        try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
    }

    /// The entries below a prefix.
    static func entries(_ prefix: String) throws -> [Entry] {
        let place = try goldens().appendingPathComponent("stable-diffusion-file-names.txt")
        return try String(contentsOf: place, encoding: .utf8).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ").map(String.init)
            guard parts[0].hasPrefix(prefix) else { return nil }
            return Entry(
                original: parts[0], own: parts[1].split(separator: ",").map(String.init), isSwapped: parts.last == "swapped")
        }
    }

    /// Entries of the first version's table, of which tensors of other shapes have the same names.
    private static func olderEntries(_ prefix: String) throws -> [(original: String, own: String)] {
        let place = try goldens().appendingPathComponent("stable-diffusion-names.txt")
        return try String(contentsOf: place, encoding: .utf8).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ").map(String.init)
            return parts[0].hasPrefix(prefix) ? (parts[0], parts[1]) : nil
        }
    }

    static var transformer: MMDiTConfiguration {
        var configuration = MMDiTConfiguration()
        (configuration.depth, configuration.heads, configuration.headWidth) = (2, 2, 8)
        (configuration.contextWidth, configuration.pooledWidth, configuration.largestGrid) = (32, 28, 12)
        configuration.dualBlocks = [0]
        return configuration
    }

    static func autoencoder(isThird: Bool) throws -> StateDict {
        var configuration = AutoencoderConfiguration()
        (configuration.channels, configuration.blocks) = ([32, 32, 32, 32], 2)
        configuration.latentChannels = isThird ? 16 : 4
        (configuration.hasQuantizer, configuration.hasDequantizer) = (!isThird, !isThird)
        let network = try LatentAutoencoder(ParameterScope(), configuration)
        Formulas.randomise(network)
        let own = network.stateDict()
        var state = StateDict()
        for (original, name) in try olderEntries("first_stage_model.") {
            guard let tensor = own[name] else { continue }
            let isMatrix = tensor.rank == 2 && name.contains(".attentions.")
            state[original] = isMatrix ? tensor.reshaped(to: [tensor.shape[0], tensor.shape[1], 1, 1]) : tensor
        }
        return state
    }

    /// A text tower under Hugging Face's names.
    static func tower(width: Int, depth: Int) throws -> StateDict {
        let twelve = TextToImageFixtures.textState()
        var state = StateDict()
        for name in twelve.names {
            let shape = Shape(try #require(twelve.shape(of: name)).map { $0 == 12 ? width : $0 })
            state[name] = Formulas.weight(name, shape)
            guard depth == 3 else { continue }
            let third = name.replacingOccurrences(of: "layers.1.", with: "layers.2.")
            state[third] = Formulas.weight(third, shape)
        }
        return state
    }

    /// The encoders of version 3 under Hugging Face's names: the first tower has no projection, as in Stability's files.
    static func encoders() throws -> [String: StateDict] {
        var second = try tower(width: 16, depth: 3)
        second["text_projection.weight"] = Formulas.weight("text_projection.weight", [16, 16])
        var shape = T5EncoderShape()
        (shape.vocabulary, shape.width, shape.headWidth, shape.heads, shape.hidden, shape.depth) = (410, 32, 6, 4, 20, 2)
        let t5 = try T5Encoder(ParameterScope(), shape)
        Formulas.randomise(t5)
        return ["clip_l": try tower(width: 12, depth: 3), "clip_g": second, "t5xxl": t5.stateDict()]
    }

    /// Version 3 under Stability's names, with some of its text encoders.
    static func third(_ encoders: [String: StateDict]) throws -> StateDict {
        let network = try MMDiT(ParameterScope(), transformer)
        Formulas.randomise(network)
        var own = network.stateDict()
        let table = "pos_embed.pos_embed"
        own[table] = Formulas.signed(table, try #require(own.shape(of: table))) * 0.3
        var state = try autoencoder(isThird: true)
        for entry in try entries("model.diffusion_model.") { state[entry.original] = try entry.tensor(own) }
        for (name, encoder) in encoders {
            state = state.merging(encoder.addingPrefix("text_encoders.\(name).transformer."))
        }
        return state
    }

    /// Version 2 under the original repository's names, with the last block of its tower, which nothing reads.
    static func second() throws -> StateDict {
        var configuration = UNetConfiguration()
        configuration.channels = [32, 32, 64, 64]
        configuration.heads = [1, 1, 1, 1]
        configuration.contextWidth = 16
        configuration.usesLinearProjection = true
        let network = try LatentUNet(ParameterScope(), configuration)
        Formulas.randomise(network)
        let own = network.stateDict()
        var state = try autoencoder(isThird: false)
        for (original, name) in try olderEntries("model.diffusion_model.") {
            let tensor: Tensor = try #require(own[name], "\(name)")
            state[original] = tensor
        }
        let tower = try tower(width: 16, depth: 2)
        for entry in try entries("cond_stage_model.") {
            let tensor = try entry.tensor(tower)
            state[entry.original] = tensor
            if entry.original.contains("resblocks.1.") {
                state[entry.original.replacingOccurrences(of: "resblocks.1.", with: "resblocks.2.")] = tensor
            }
        }
        state["cond_stage_model.model.logit_scale"] = Tensor(4)
        state["cond_stage_model.model.text_projection"] = Tensor(zeros: [16, 16])
        return state
    }

    /// Writes a file with the vocabularies beside it.
    static func write(_ state: StateDict, _ folder: URL, _ name: String = "model.safetensors") throws -> URL {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Safetensors.save(state, to: file)
        return file
    }

    static func writeVocabularies(_ folder: URL) throws {
        try TextToImageFixtures.mergesText.write(
            to: folder.appendingPathComponent("merges.txt"), atomically: true, encoding: .utf8)
        let pieces = try goldens().appendingPathComponent("stable-diffusion-pieces.model")
        try Data(contentsOf: pieces).write(to: folder.appendingPathComponent("spiece.model"))
    }

    /// A folder that is gone after the test.
    static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sd-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    static func expectError(
        _ words: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        do {
            try body()
            Issue.record("no error with \"\(words)\"", sourceLocation: sourceLocation)
        } catch let error as TextToImageError {
            #expect("\(error)".contains(words), "\(error)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }
}
