public import Foundation
public import TensorCore

/// Weights stored in another number format; names and metadata stay.
public struct WeightsConversion: Codable, Sendable, Hashable {
    /// The file that was written.
    public var file: String
    /// Tensors in it.
    public var tensors: Int
    /// The format of its floating-point numbers.
    public var precision: Precision

    /// Half the size, at the price of rounding every weight to 8 bits.
    public static let standardPrecision = Precision.bfloat16

    /// Converts a safetensors file.
    ///
    /// - Parameter force: whether a file at `target` may be replaced.
    /// - Throws: `CheckpointError` for a file that cannot be read or written; nothing is left behind then.
    public init(of source: URL, to target: URL, precision: Precision = standardPrecision, force: Bool = false)
        throws(CheckpointError)
    {
        guard force || !FileManager.default.fileExists(atPath: target.path) else {
            throw .file(target.relativePath, reason: "exists already; give another name, or --force to replace it")
        }
        var state = try Safetensors.load(contentsOf: source)
        for name in state.names where state.dtype(of: name)?.isFloatingPoint == true {
            state[name] = try state.tensor(name)?.converted(to: precision.activations)
        }
        try Safetensors.save(state, to: target)
        (file, tensors, self.precision) = (target.relativePath, state.count, precision)
    }
}
