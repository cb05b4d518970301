internal import Foundation

/// The shape of a backbone's network: a value of any ``BackboneFamily``.
///
/// In JSON the fields of the family's type, and `family` beside them.
public struct NetworkConfiguration: Sendable {
    /// The family's own value.
    public let shape: any BackboneFamily

    /// Wraps a family's value.
    public init(_ shape: some BackboneFamily) { self.shape = shape }

    /// The name of the family.
    public var family: String { type(of: shape).family }
}

extension NetworkConfiguration: Hashable {
    public static func == (a: NetworkConfiguration, b: NetworkConfiguration) -> Bool {
        AnyHashable(a.shape) == AnyHashable(b.shape)
    }

    public func hash(into hasher: inout Hasher) { shape.hash(into: &hasher) }
}

extension NetworkConfiguration: Codable {
    private enum Key: String, CodingKey { case family }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let name = try container.decode(String.self, forKey: .family)
        guard let family = BackboneFamilies.family(named: name) else {
            let known = BackboneFamilies.all.map { $0.family }.joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .family, in: container,
                debugDescription: "there is no family \"\(name)\", expected one of \(known); register others first")
        }
        shape = try family.init(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(family, forKey: .family)
        try shape.encode(to: encoder)
    }
}

extension NetworkConfiguration: CustomStringConvertible {
    /// The JSON in one line, keys sorted.
    public var description: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? family
    }
}
