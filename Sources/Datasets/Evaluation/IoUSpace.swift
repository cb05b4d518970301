/// The pixel grid on which predictions are compared with the truth.
public enum IoUSpace: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The query's own resolution.
    case original
    /// A square of this side: images are resized (bilinear, antialiased), labels by nearest neighbour. HSNet: 400.
    case square(Int)
    /// A square of this side that the longer side of an image fills, both sides cut to multiples of 8; what is below and to the
    /// right is black and does not count. DIaM: 417; PFENet and BAM without `ori_resize`: 473.
    case canvas(Int)

    private static let forms: [(prefix: String, make: @Sendable (Int) -> IoUSpace)] = [
        ("square-", { .square($0) }), ("canvas-", { .canvas($0) }),
    ]

    /// "original", "square-400" or "canvas-417".
    public var description: String {
        switch self {
        case .original: "original"
        case .square(let side): "square-\(side)"
        case .canvas(let side): "canvas-\(side)"
        }
    }

    /// Reads ``description``; nil for anything else.
    public init?(_ description: String) {
        if description == "original" {
            self = .original
            return
        }
        guard let form = Self.forms.first(where: { description.hasPrefix($0.prefix) }),
            let side = Int(description.dropFirst(form.prefix.count)), (1...8192).contains(side)
        else { return nil }
        self = form.make(side)
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
                in: container,
                debugDescription: "found the IoU space \(text), expected original, square-<side> or canvas-<side>")
        }
        self = space
    }

    /// How photos lie on the square of ``canvas(_:)``; nil for other spaces.
    public var layout: PhotoCanvas? {
        if case .canvas(let side) = self { PhotoCanvas(side: side, multiple: 8, padding: .black) } else { nil }
    }

    /// The side of a square; nil for the original.
    var side: Int? {
        switch self {
        case .original: nil
        case .square(let side), .canvas(let side): side
        }
    }

    /// An image in this space.
    func image(_ image: RGBImage) -> RGBImage {
        switch self {
        case .original: image
        case .square(let side): image.resized(height: side, width: side)
        case .canvas: layout?.image(image) ?? image
        }
    }

    /// A mask in this space, by HSNet's rule (`torch.nn.functional.interpolate`, nearest). What is beside the photo is void.
    func mask(_ mask: ClassMask) -> ClassMask {
        switch self {
        case .original: mask
        case .square(let side): mask.resized(height: side, width: side)
        case .canvas: layout?.laid(mask) ?? mask
        }
    }

    /// Labels of a photo in this space, by the rule of masks. What is beside the photo is void.
    public func labels(_ map: ClassMap) -> ClassMap { labels(map, void: ClassMap.void) }

    /// Labels of a file in this space.
    func labels(_ map: LabelMap) -> LabelMap { labels(map, void: LabelMap.ignore) }

    private func labels<Grid: LabelGrid>(_ grid: Grid, void: Grid.Label) -> Grid {
        switch self {
        case .original: grid
        case .square(let side):
            (side, side) == (grid.height, grid.width) ? grid : grid.resized(height: side, width: side)
        case .canvas: layout?.laid(grid, beside: void) ?? grid
        }
    }
}

extension PhotoCanvas {
    /// A mask on the canvas; what is beside the photo is void.
    func laid(_ mask: ClassMask) -> ClassMask {
        let void = mask.void ?? BinaryMask(height: mask.height, width: mask.width, values: mask.object.values.map { _ in false })
        return ClassMask(object: laid(mask.object, beside: false), void: laid(void, beside: true))
    }
}
