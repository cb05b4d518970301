public import Foundation
public import TensorCore

/// Weights of any format stored as safetensors, in another number format; names and metadata stay.
public struct WeightsConversion: Codable, Sendable, Hashable {
    /// The file that was written.
    public var file: String
    /// Tensors in it.
    public var tensors: Int
    /// The format of its floating-point numbers.
    public var precision: Precision
    /// What was done to the names of a file that is no safetensors: dictionaries that were gone into, training prefixes.
    public var notes: [String] = []

    /// Half the size, at the price of rounding every weight to 8 bits.
    public static let standardPrecision = Precision.bfloat16

    /// Converts a file of any format that `Checkpoint` reads.
    ///
    /// - Parameter force: whether a file at `target` may be replaced.
    /// - Throws: `CheckpointError` for a file that cannot be read or written; nothing is left behind then.
    public init(of source: URL, to target: URL, precision: Precision = standardPrecision, force: Bool = false)
        throws(CheckpointError)
    {
        guard force || !FileManager.default.fileExists(atPath: target.path) else {
            throw .file(target.relativePath, reason: "exists already; give another name, or --force to replace it")
        }
        let checkpoint = try Checkpoint(contentsOf: source)
        var state = checkpoint.state
        for name in state.names where state.dtype(of: name)?.isFloatingPoint == true {
            state[name] = try state.tensor(name)?.converted(to: precision.activations)
        }
        try Safetensors.save(state, to: target)
        (file, tensors, self.precision, notes) = (target.relativePath, state.count, precision, checkpoint.notes)
        notes += checkpoint.unreadable.sorted { $0.key < $1.key }.map { "left out \"\($0.key)\" of the type \($0.value)" }
    }
}
