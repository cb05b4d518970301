public import Foundation
public import TensorCore

/// Tensors that a reference implementation computed, by name.
///
/// They are read on the reference backend; ``tensor(_:)`` copies them to the backend of the running task.
public struct Goldens: Sendable {
    private let state: StateDict

    /// Reads a safetensors file.
    public init(contentsOf url: URL) throws {
        state = try Devices.using(Device(ReferenceBackend.shared)) { try Safetensors.load(contentsOf: url) }
    }

    /// A copy of one tensor on the active backend.
    ///
    /// - Throws: ``GoldensError/missing(_:)``.
    public func tensor(_ name: String) throws -> Tensor {
        guard let stored = state[name] else { throw GoldensError.missing(name) }
        return stored.withHostBytes { Tensor(bytes: $0, shape: stored.shape, dtype: stored.dtype) }
    }
}

/// A golden file that does not hold what a test needs.
public enum GoldensError: Error, CustomStringConvertible {
    /// No such tensor or file.
    case missing(String)
    /// A case without an attribute of that type.
    case noAttribute(String, inCase: String)

    public var description: String {
        switch self {
        case .missing(let name): "the goldens have no \(name); run Scripts/goldens/operations.py"
        case .noAttribute(let name, let golden): "the golden case \(golden) has no fitting attribute \(name)"
        }
    }
}
