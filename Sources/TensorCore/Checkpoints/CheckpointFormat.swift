/// The formats of checkpoints that are read, told by the bytes of the file and never by its name.
public enum CheckpointFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// One file of Hugging Face's safetensors.
    case safetensors
    /// An index (`*.index.json`) of several of them.
    case safetensorsShards = "safetensors-shards"
    /// `torch.save` since 1.6: a zip archive of a pickle and of storages.
    case torch
    /// `torch.save` before 1.6: five pickles, then the storages.
    case torchStream = "torch-stream"
    /// `torch.jit.save`: a zip archive that holds a program beside its tensors, as OpenAI's CLIP has it.
    case torchScript = "torchscript"
    /// One NumPy array.
    case npy
    /// A zip archive of NumPy arrays.
    case npz

    /// With its article, for messages.
    public var name: String {
        switch self {
        case .safetensors: "a safetensors file"
        case .safetensorsShards: "an index of safetensors files"
        case .torch: "a PyTorch file"
        case .torchStream: "a PyTorch file (of versions before 1.6)"
        case .torchScript: "a TorchScript program"
        case .npy: "a NumPy array (npy)"
        case .npz: "NumPy arrays (npz)"
        }
    }
}
