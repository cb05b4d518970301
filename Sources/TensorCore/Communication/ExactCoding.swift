package import Foundation

/// Values as bytes for other ranks: binary property lists keep every bit of a number.
package enum ExactCoding {
    /// A value's bytes.
    ///
    /// - Throws: `EncodingError`.
    package static func data(_ value: some Encodable) throws -> Data {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        // A property list is a list or a dictionary.
        return try encoder.encode([value])
    }

    /// The value of ``data(_:)``.
    ///
    /// - Throws: `DecodingError`.
    package static func value<Value: Decodable>(_: Value.Type = Value.self, from data: Data) throws -> Value {
        try PropertyListDecoder().decode([Value].self, from: data)[0]
    }
}
