/// How the values of a mask picture become foreground. The whole rule is a table in <doc:Masks>.
public enum MaskRule: Sendable, Equatable {
    /// What the file shows decides: a label map, ids, a picture with soft edges, colours, transparency.
    case automatic
    /// Every index or value but 0, every colour but black, the void value 255 included; transparent pixels are background.
    case nonzero
    /// Pixels of at least this brightness, where 255 is the brightest that the file can hold (FSS-1000: 128).
    case threshold(UInt8)
    /// One value of a map of several.
    case value(MaskValue)
}

/// One value in a mask picture: a palette index, a grey value or an id, or a colour.
public enum MaskValue: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The index of a palette, or the grey value or id of 8 or 16 bits.
    case index(Int)
    /// A colour in 8 bits a channel.
    case color(red: UInt8, green: UInt8, blue: UInt8)

    public init(integerLiteral value: Int) { self = .index(value) }

    /// Reads `15`, `128,0,0` or `#800000`; nil for other words.
    public init?(_ text: String) {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let parts = words.map { UInt8($0.filter { $0 != " " }) }
        if text.hasPrefix("#"), text.utf8.count == 7, let value = Int(text.dropFirst(), radix: 16) {
            self = .color(red: UInt8(value >> 16), green: UInt8(value >> 8 & 255), blue: UInt8(value & 255))
        } else if words.count == 1, let value = Int(text), (0...65535).contains(value) {
            self = .index(value)
        } else if parts.count == 3, let red = parts[0], let green = parts[1], let blue = parts[2] {
            self = .color(red: red, green: green, blue: blue)
        } else {
            return nil
        }
    }

    /// As it is written: "15" or "128,0,0".
    public var description: String {
        switch self {
        case .index(let value): "\(value)"
        case .color(let red, let green, let blue): "\(red),\(green),\(blue)"
        }
    }
}

extension MaskValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = MaskValue(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no value of a mask")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
