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

    /// Reads a file that a run wrote.
    ///
    /// - Parameters:
    ///   - expected: what it should hold.
    ///   - advice: what to do where it does not.
    /// - Throws: ``RunError`` for a file that cannot be read or is something else.
    public static func read<Value: Decodable>(
        _ type: Value.Type = Value.self, from file: URL, expected: String, advice: String
    ) throws(RunError) -> Value {
        do {
            return try decode(type, from: Data(contentsOf: file))
        } catch let error as DecodingError {
            let (key, reason) = error.placeAndReason
            throw .file(file.path, found: "\(key) \(reason)", expected: expected, advice: advice)
        } catch {
            throw .unreadable(file.path, error, expected: expected, advice: advice)
        }
    }
}
