/// An axis-parallel box in pixels: columns `x0..<x1`, rows `y0..<y1`.
public struct Box: Sendable, Hashable, Codable {
    /// The first column.
    public var x0: Int
    /// The first row.
    public var y0: Int
    /// One past the last column.
    public var x1: Int
    /// One past the last row.
    public var y1: Int

    /// A box from its upper left corner to, exclusively, its lower right corner.
    public init(x0: Int, y0: Int, x1: Int, y1: Int) {
        self.x0 = x0
        self.y0 = y0
        self.x1 = x1
        self.y1 = y1
    }

    /// Columns of the box.
    public var width: Int { max(0, x1 - x0) }
    /// Rows of the box.
    public var height: Int { max(0, y1 - y0) }
    /// Pixels of the box.
    public var area: Int { width * height }
}

/// A place in an image, in pixels; the centre of the upper left pixel is (0.5, 0.5).
public struct Point: Sendable, Hashable, Codable {
    /// From the left border.
    public var x: Double
    /// From the upper border.
    public var y: Double

    /// A place.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// A stroke through an object.
public struct Scribble: Sendable, Hashable, Codable {
    /// The corners of the line.
    public var points: [Point]
    /// The width of the pen in pixels of the image.
    public var thickness: Double

    /// A line with a pen of a given width.
    public init(points: [Point], thickness: Double = 3) {
        self.points = points
        self.thickness = thickness
    }
}

/// What is known of the object in a support image.
///
/// All coordinates are pixels of that image. The weaker kinds are used as pixel annotations ("uniformly treat them as
/// pixel-wise annotations", DiffUp section 3.1): ``rasterised(height:width:)`` gives the pixels.
public enum Annotation: Sendable, Equatable {
    /// The pixels of the object.
    case mask(BinaryMask)
    /// Boxes around the object or its parts.
    case boxes([Box])
    /// Strokes on the object.
    case scribbles([Scribble])
    /// Places on the object.
    case points([Point])
    /// Nothing: the object is somewhere in the image.
    case none

    /// The kind of the annotation.
    public var kind: AnnotationKind {
        switch self {
        case .mask: .mask
        case .boxes: .box
        case .scribbles: .scribble
        case .points: .point
        case .none: .none
        }
    }
}

/// The kinds of annotation, as commands and manifests name them.
public enum AnnotationKind: String, Sendable, Codable, CaseIterable {
    /// A pixel mask.
    case mask
    /// Filled boxes.
    case box
    /// Strokes.
    case scribble
    /// Places.
    case point
    /// No annotation, only the image.
    case none
}
