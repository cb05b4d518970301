public import Datasets

/// How one support becomes several views (section 3.3.2: without them one shot has no variance).
///
/// The views are the photo, its mirror image, and crops around the object. With two or more shots every shot is one view.
public struct SupportViews: Sendable, Hashable, Codable {
    /// Whether the mirror image is a view.
    public var mirrors = true
    /// Crops around the annotation's bounding box, as multiples of its sides.
    public var cropScales = [2.5, 1.5]

    /// The defaults: four views.
    public init() {}

    /// A photo with its annotation as a mask.
    public struct View: Sendable {
        /// The photo.
        public var image: RGBImage
        /// The annotation.
        public var mask: BinaryMask
    }

    /// The views of one support.
    public func views(of image: RGBImage, mask: BinaryMask) -> [View] {
        var images = [image]
        if mirrors { images.append(image.flippedHorizontally()) }
        images += windows(around: mask).map { image.cropped(y: $0.y, x: $0.x, height: $0.height, width: $0.width) }
        return zip(images, views(of: mask, placedBy: mask)).map { View(image: $0, mask: $1) }
    }

    /// The same views of an annotation, the crops being placed around `mask`.
    func views(of annotation: BinaryMask, placedBy mask: BinaryMask) -> [BinaryMask] {
        var masks = [annotation]
        if mirrors { masks.append(annotation.flippedHorizontally()) }
        return masks + windows(around: mask).map { annotation.cropped(y: $0.y, x: $0.x, height: $0.height, width: $0.width) }
    }

    private func windows(around mask: BinaryMask) -> [(y: Int, x: Int, height: Int, width: Int)] {
        guard let box = mask.boundingBox else { return [] }
        return cropScales.map { scale in
            let (x, width) = Self.window(box.x0, box.x1, of: mask.width, scale)
            let (y, height) = Self.window(box.y0, box.y1, of: mask.height, scale)
            return (y, x, height, width)
        }
    }

    /// A window around `start..<end`, moved into the image where it would leave it.
    private static func window(_ start: Int, _ end: Int, of extent: Int, _ scale: Double) -> (Int, Int) {
        let length = min(extent, Int(Double(end - start) * scale) + 1)
        let first = (start + end - length) / 2
        return (min(max(first, 0), extent - length), length)
    }
}
