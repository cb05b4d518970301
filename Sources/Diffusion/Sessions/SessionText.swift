internal import Foundation
internal import TensorCore

/// Reading of JSON that a client sent.
public enum SessionText {
    /// A value of JSON, bounded before a decoder sees it.
    ///
    /// - Parameters:
    ///   - type: what is expected.
    ///   - bytes: the text.
    ///   - limits: how much there may be.
    /// - Throws: ``PhotoSessionError`` for text that is none, or other than expected.
    public static func decoded<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], limits: PhotoSessionLimits = PhotoSessionLimits()
    ) throws(PhotoSessionError) -> Value {
        let bounds = JSONGuard(bytes: limits.textBytes, depth: 8, values: limits.textBytes)
        if let excess = bytes.withUnsafeBytes({ bounds.excess(in: $0) }) {
            throw .unusable("JSON", found: excess, expected: "less", advice: "send less at once")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw .unusable("JSON", found: Self.reason(error), expected: "the fields of the API", advice: "see /openapi.json")
        } catch {
            throw .unusable("JSON", found: "text that is none", expected: "JSON in UTF-8", advice: "see /openapi.json")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        let (context, what): (DecodingError.Context, String) =
            switch error {
            case .typeMismatch(_, let context): (context, "another type")
            case .valueNotFound(_, let context): (context, "null")
            case .keyNotFound(let key, let context): (context, "no \"\(key.stringValue.prefix(40))\"")
            case .dataCorrupted(let context): (context, "a broken value")
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "a broken value")
            }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? what : "\(what) at \(path.prefix(100))"
    }
}
