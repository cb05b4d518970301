public import Datasets
public import TensorCore

/// How one support becomes several views (section 3.3.2: without them one shot has no variance).
public protocol SupportViewSource: Sendable {
    /// What decides the views, for content keys: equal texts make equal views.
    var identity: String { get }

    /// The views of a photo. The first one is the photo as it is.
    ///
    /// - Parameters:
    ///   - image: the photo.
    ///   - annotations: masks of its size; every view carries all of them.
    ///   - mask: what crops are placed around.
    func views(of image: RGBImage, annotations: [BinaryMask], around mask: BinaryMask) -> [SupportView]
}

/// A photo, or a part of it, with annotations as masks.
public struct SupportView: Sendable {
    /// The pixels.
    public var image: RGBImage
    /// One mask an annotation.
    public var masks: [BinaryMask]

    /// Pairs pixels with masks.
    public init(image: RGBImage, masks: [BinaryMask]) {
        self.image = image
        self.masks = masks
    }
}

/// The photo, its mirror image, and crops around the object. With two or more shots every shot is one view.
public struct SupportViews: SupportViewSource, Hashable, RangedConfiguration {
    /// Whether the mirror image is a view.
    public var mirrors = true
    /// Crops around the annotation's bounding box, as multiples of its sides.
    public var cropScales = [2.5, 1.5]

    public static let ranges: ConfigurationRanges = ["cropScales": .list(.real(0.1...100), count: 0...16)]

    /// The defaults: four views.
    public init() {}

    public var identity: String { "mirrors \(mirrors), crops \(cropScales)" }

    public func views(of image: RGBImage, annotations: [BinaryMask], around mask: BinaryMask) -> [SupportView] {
        var views = [SupportView(image: image, masks: annotations)]
        if mirrors {
            views.append(
                SupportView(image: image.flippedHorizontally(), masks: annotations.map { $0.flippedHorizontally() }))
        }
        for window in windows(around: mask) {
            func cropped(_ mask: BinaryMask) -> BinaryMask {
                mask.cropped(y: window.y, x: window.x, height: window.height, width: window.width)
            }
            views.append(
                SupportView(
                    image: image.cropped(y: window.y, x: window.x, height: window.height, width: window.width),
                    masks: annotations.map(cropped)))
        }
        return views
    }

    private func windows(around mask: BinaryMask) -> [(x: Int, y: Int, width: Int, height: Int)] {
        guard let box = mask.boundingBox else { return [] }
        return cropScales.map { scale in
            let (x, width) = Self.window(box.x0, box.x1, of: mask.width, scale)
            let (y, height) = Self.window(box.y0, box.y1, of: mask.height, scale)
            return (x, y, width, height)
        }
    }

    /// A window around `start..<end`, moved into the image where it would leave it.
    private static func window(_ start: Int, _ end: Int, of extent: Int, _ scale: Double) -> (Int, Int) {
        let length = min(extent, Int(Double(end - start) * scale) + 1)
        let first = (start + end - length) / 2
        return (min(max(first, 0), extent - length), length)
    }
}
