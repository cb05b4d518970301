internal import Datasets
public import Foundation
public import SegModels
public import TensorCore

/// Writes the parts of a text-to-image model as a folder of diffusers: `unet`, `vae`, `text_encoder`, `tokenizer`, `scheduler`,
/// `controlnet` and `model_index.json`.
///
/// ``TextToImage/load(_:controlNets:loras:vocabulary:textEncoders:prediction:precision:)`` reads it, and so does diffusers. Every file appears whole or not
/// at all.
public struct DiffusersFolder: Sendable {
    /// The folder.
    public let url: URL
    /// The type that weights are stored in.
    public let dtype: DType

    /// Names a folder, which is made when something is written.
    public init(_ url: URL, dtype: DType = .float32) { (self.url, self.dtype) = (url, dtype) }

    /// Writes the autoencoder.
    ///
    /// - Parameter scale: what latents are multiplied by for the denoiser; nil for the network's own.
    /// - Throws: `CheckpointError`, `DatasetError` or what the file system says.
    public func write(_ autoencoder: LatentAutoencoder, scale: Float? = nil) throws {
        var shape = autoencoder.configuration
        shape.scale = scale ?? shape.scale
        try write("vae", autoencoder.stateDict(), configuration: shape.diffusers)
    }

    /// Writes a ControlNet.
    ///
    /// - Parameters:
    ///   - network: the ControlNet.
    ///   - name: its folder; `controlnet`, `controlnet_1` and so on are loaded with the model where no others are named.
    /// - Throws: as ``write(_:scale:)``.
    public func write(_ network: ControlNet, name: String = "controlnet") throws {
        try write(name, network.stateDict(), configuration: network.configuration.diffusers)
    }

    /// Writes the denoiser, the text tower with its vocabulary, the scheduler and the index.
    ///
    /// - Parameters:
    ///   - unet: the denoiser.
    ///   - tower: the text tower.
    ///   - merges: the text of the vocabulary's `merges.txt`.
    ///   - schedule: how the denoiser was trained, and its scheduler: one of Stable Diffusion 1 and 2.
    ///   - sampleSize: the sides of the latents that the denoiser was trained on; nil for what its configuration says.
    /// - Throws: as ``write(_:scale:)``; `TokenizerError` for merges that are none.
    public func write(
        _ unet: LatentUNet, tower: CLIPTextTower, merges: String, schedule: SchedulerSettings, sampleSize: Size2D? = nil
    ) throws {
        var shape = unet.configuration
        shape.sampleSize = sampleSize ?? shape.sampleSize
        try write("unet", unet.stateDict(), configuration: shape.diffusers)
        try write("text_encoder", tower.huggingFaceState(), file: "model", configuration: tower.shape.diffusers)
        let tokenizer = try subfolder("tokenizer")
        let numbers = try BytePairVocabulary.numbers(merges: merges.utf8, source: "the vocabulary")
        try TextFile.write(merges, to: tokenizer.appendingPathComponent("merges.txt"))
        try TextFile.writeJSON(numbers, to: tokenizer.appendingPathComponent("vocab.json"))
        try TextFile.writeJSON(
            tower.shape.tokenizerConfiguration, to: tokenizer.appendingPathComponent("tokenizer_config.json"))
        try TextFile.writeJSON(
            schedule.diffusers, to: try subfolder("scheduler").appendingPathComponent("scheduler_config.json"))
        try TextFile.writeJSON(schedule.pipelineIndex, to: url.appendingPathComponent("model_index.json"))
    }

    private func write(
        _ part: String, _ state: StateDict, file: String = "diffusion_pytorch_model", configuration: [String: DiffusersValue]
    ) throws {
        let folder = try subfolder(part)
        var stored = StateDict()
        for name in state.names {
            guard let tensor = try state.tensor(name) else { continue }
            stored[name] = tensor.dtype.isFloatingPoint ? tensor.converted(to: dtype) : tensor
        }
        stored.metadata["format"] = "pt"
        try Safetensors.save(stored, to: folder.appendingPathComponent(file + ".safetensors"))
        try TextFile.writeJSON(configuration, to: folder.appendingPathComponent("config.json"))
    }

    private func subfolder(_ name: String) throws -> URL {
        let folder = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}

/// A value of one of diffusers' configuration files.
enum DiffusersValue: Encodable {
    case text(String)
    case whole(Int)
    case number(Double)
    case flag(Bool)
    case texts([String])
    case wholes([Int])

    /// A number of single precision by its shortest digits.
    static func single(_ value: Float) -> DiffusersValue { .number(Double("\(value)") ?? Double(value)) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .whole(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        case .texts(let values): try container.encode(values)
        case .wholes(let values): try container.encode(values)
        }
    }
}
