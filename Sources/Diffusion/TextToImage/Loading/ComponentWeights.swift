internal import Foundation
internal import TensorCore

/// Weights of one part of a model, in the forms that published files have.
enum ComponentWeights {
    /// The files of a part's folder, the first that is there counts.
    private static let stems = ["diffusion_pytorch_model", "model", "pytorch_model"]
    private static let endings = [
        ".safetensors", ".safetensors.index.json", ".fp16.safetensors", ".bin", ".fp16.bin",
    ]

    /// Opens the weights in a folder of diffusers.
    static func open(folder: URL) throws(TextToImageError) -> StateDict {
        let candidates = stems.flatMap { stem in endings.map { folder.appendingPathComponent(stem + $0) } }
        guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw .file(
                folder.path, found: "no weights", expected: "diffusion_pytorch_model.safetensors, model.safetensors or the like",
                advice: "get the whole folder of the model")
        }
        return try open(file: found)
    }

    /// Opens a file.
    static func open(file: URL) throws(TextToImageError) -> StateDict {
        do throws(CheckpointError) { return try Checkpoint(contentsOf: file).state } catch { throw .weights(error) }
    }

    /// An autoencoder's tensors with the names and shapes of today: `query`, `key`, `value` and `proj_attn` become `to_q` and so
    /// on, and attention's 1x1 convolutions matrices.
    static func autoencoder(_ state: StateDict) throws(TextToImageError) -> StateDict {
        let names = ["query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"]
        var result = state.renamed { name in
            guard name.contains(".mid_block.attentions.0.") else { return name }
            var parts = name.split(separator: ".").map(String.init)
            guard parts.count > 2, let new = names[parts[parts.count - 2]] else { return name }
            parts[parts.count - 2] = new
            return parts.joined(separator: ".")
        }
        for name in result.names where name.contains(".attentions.0.to_") && name.hasSuffix(".weight") {
            guard let shape = result.shape(of: name), shape.rank == 4, shape[2] == 1, shape[3] == 1 else { continue }
            do throws(CheckpointError) {
                result[name] = try result.tensor(name)?.reshaped(to: [shape[0], shape[1]])
            } catch {
                throw .weights(error)
            }
        }
        return result
    }

    /// Fills a network, whose weights keep the type that the file has: kernels convert them once.
    static func load(_ state: StateDict, into module: some Module) throws(TextToImageError) {
        do throws(CheckpointError) { try module.load(state, options: [.keepsStoredTypes]) } catch { throw .weights(error) }
    }
}
