/// The pixel grid on which predictions are compared with the truth.
public enum IoUSpace: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The query's own resolution.
    case original
    /// A square of this side: images are resized (bilinear, antialiased), labels by nearest neighbour. HSNet: 400.
    case square(Int)

    /// "original" or "square-400".
    public var description: String {
        switch self {
        case .original: "original"
        case .square(let side): "square-\(side)"
        }
    }

    /// Reads ``description``; nil for anything else.
    public init?(_ description: String) {
        if description == "original" {
            self = .original
        } else if description.hasPrefix("square-"), let side = Int(description.dropFirst(7)), (1...8192).contains(side) {
            self = .square(side)
        } else {
            return nil
        }
    }

    /// Writes ``description``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Reads ``description``.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let space = IoUSpace(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "found the IoU space \(text), expected original or square-<side>")
        }
        self = space
    }

    /// An image in this space.
    func image(_ image: RGBImage) -> RGBImage {
        switch self {
        case .original: image
        case .square(let side): image.resized(height: side, width: side)
        }
    }

    /// A mask in this space, by HSNet's rule (`torch.nn.functional.interpolate`, nearest).
    func mask(_ mask: ClassMask) -> ClassMask {
        switch self {
        case .original: mask
        case .square(let side): mask.resized(height: side, width: side)
        }
    }
}
