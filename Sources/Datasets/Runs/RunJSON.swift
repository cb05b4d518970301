public import Foundation
internal import TensorCore

/// Reads JSON that runs have written, with bounds: a folder can come from anywhere, and decoders take tens of bytes for every
/// bracket of a text.
public enum RunJSON {
    /// Many times what the largest run writes.
    private static let bounds = JSONGuard(bytes: 512 << 20, depth: 32, values: 8_000_000)

    /// Decodes a text.
    ///
    /// - Throws: `DecodingError` for text that exceeds the bounds, is no JSON, or is something else.
    public static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from data: Data) throws -> Value {
        if let excess = bounds.excess(in: data) {
            throw DecodingError.dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: excess))
        }
        return try JSONDecoder().decode(type, from: data)
    }
}
