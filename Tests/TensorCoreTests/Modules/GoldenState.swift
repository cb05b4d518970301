import Foundation
import TensorCore

/// A golden file of this test target as tensors on the active backend.
enum GoldenState {
    /// Reads `Goldens/<name>.safetensors`.
    static func load(_ name: String) throws -> StateDict {
        try Safetensors.load(contentsOf: try url(name))
    }

    /// Where the file lies.
    static func url(_ name: String) throws -> URL {
        guard let folder = Bundle.module.url(forResource: "Goldens", withExtension: nil) else {
            throw GoldenStateError(missing: "folder Goldens")
        }
        return folder.appendingPathComponent(name + ".safetensors")
    }
}

/// A golden file lacks what a test asks for.
struct GoldenStateError: Error, CustomStringConvertible {
    var missing: String
    var description: String { "the goldens have no \(missing); run the scripts in Scripts/goldens" }
}

extension StateDict {
    /// The tensor called `name`.
    func golden(_ name: String) throws -> Tensor {
        guard let tensor = self[name] else { throw GoldenStateError(missing: name) }
        return tensor
    }
}
