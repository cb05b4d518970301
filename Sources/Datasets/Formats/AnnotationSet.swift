public import Foundation

/// What an annotation file says.
public struct AnnotationSet: Sendable, Equatable {
    /// Photos with what is marked in them.
    public var images: [AnnotatedImage]
    /// The classes that the file names, used or not, in its order.
    public var classNames: [String]
    /// What whoever reads the result should know: kinds of shapes that were passed over.
    public var remarks: [String]

    /// Gathers what a file says.
    public init(images: [AnnotatedImage], classNames: [String] = [], remarks: [String] = []) {
        self.images = images
        self.classNames = classNames
        self.remarks = remarks
    }
}

/// One photo of an annotation file.
public struct AnnotatedImage: Sendable, Equatable {
    /// What coordinates count.
    public enum Unit: Sendable {
        /// Pixels of the photo.
        case pixels
        /// Shares of its width and height, 0...1.
        case shares
    }

    /// The photo as the file names it, often with a folder; nil where it does not.
    public var photo: String?
    /// Rows of the photo, where the file says so.
    public var height: Int?
    /// Columns of the photo, where the file says so.
    public var width: Int?
    /// What coordinates count.
    public var unit: Unit
    /// What is marked, in the order of the file.
    public var objects: [AnnotatedObject]

    /// Names a photo and what is marked in it.
    public init(
        photo: String? = nil, height: Int? = nil, width: Int? = nil, unit: Unit = .pixels, objects: [AnnotatedObject] = []
    ) {
        self.photo = photo
        self.height = height
        self.width = width
        self.unit = unit
        self.objects = objects
    }

    /// The classes of its objects, in the order of the file.
    public var classNames: [String] {
        var seen: Set<String> = []
        return objects.compactMap(\.className).filter { seen.insert($0).inserted }
    }
}

/// One thing that is marked.
public struct AnnotatedObject: Sendable, Equatable {
    /// What it is; nil where the file has no classes.
    public var className: String?
    /// Where it is.
    public var shape: AnnotatedShape
    /// Where the file says so, for messages: "line 4", "shapes[2]".
    public var place: String

    /// Marks something.
    public init(className: String? = nil, shape: AnnotatedShape, place: String) {
        self.className = className
        self.shape = shape
        self.place = place
    }
}

/// A shape as files have it, in the unit of its image.
public enum AnnotatedShape: Sendable, Equatable {
    /// `[x0, y0, x1, y1]`.
    case box([Double])
    /// Polygons that together are the object; each is filled as `pycocotools` does.
    case polygons([[Point]])
    /// An ellipse with axes along those of the image.
    case ellipse(center: Point, radiusX: Double, radiusY: Double)
    /// A line; the thickness of the pen in pixels, nil for the usual one.
    case stroke([Point], thickness: Double?)
    /// Places.
    case points([Point])
    /// Runs of pixels whose upper left corner is at a pixel of the photo.
    case runs(RunLengthMask, x: Int, y: Int)
    /// A PNG whose upper left corner is at a pixel of the photo; what is not black is the object.
    case picture([UInt8], x: Int, y: Int)
    /// Another annotation file or a mask.
    case file(URL)
}
