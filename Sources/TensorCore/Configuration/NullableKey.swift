/// A key of a configuration that may have no value: it is written as null, so that it is known and can be set.
///
/// The compiler's encoding leaves a nil out, and a key that is not there is refused as unknown.
@propertyWrapper
public struct NullableKey<Value> {
    /// The value, nil where there is none.
    public var wrappedValue: Value?

    /// A key without a value.
    public init() { wrappedValue = nil }

    /// A key with a value, or nil.
    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
}

extension NullableKey: Sendable where Value: Sendable {}
extension NullableKey: Equatable where Value: Equatable {}
extension NullableKey: Hashable where Value: Hashable {}

extension NullableKey: Encodable where Value: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

extension NullableKey: Decodable where Value: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }
}

extension KeyedDecodingContainer {
    /// A key that is not there has no value: manifests that are older than the key.
    public func decode<Value: Decodable>(_ type: NullableKey<Value>.Type, forKey key: Key) throws -> NullableKey<Value> {
        try decodeIfPresent(type, forKey: key) ?? NullableKey()
    }
}
