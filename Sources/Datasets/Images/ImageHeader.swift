public import Foundation
internal import CImageCodecs

/// How a viewer turns a photo before it is shown: the EXIF orientation, in JPEG or in the eXIf chunk of a PNG.
///
/// Cameras store what the sensor sees and note how they were held. Every reader of this library turns photos upright; programs that do
/// not, show the stored pixels.
public enum ImageOrientation: Int, Sendable, Codable, Hashable, CaseIterable {
    /// 1: stored as shown.
    case upright = 1
    /// 2: mirrored left to right.
    case mirrored
    /// 3: upside down.
    case upsideDown
    /// 4: mirrored top to bottom.
    case mirroredUpsideDown
    /// 5: mirrored along the main diagonal.
    case mirroredLeft
    /// 6: to be turned clockwise by a quarter.
    case right
    /// 7: mirrored along the other diagonal.
    case mirroredRight
    /// 8: to be turned counterclockwise by a quarter.
    case left

    /// Whether width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }

    /// Where a stored pixel is in the upright picture.
    ///
    /// - Parameters:
    ///   - y: the stored row.
    ///   - x: the stored column.
    ///   - height: stored rows.
    ///   - width: stored columns.
    func place(y: Int, x: Int, height: Int, width: Int) -> (y: Int, x: Int) {
        let mirrorsColumns = [2, 3, 7, 8].contains(rawValue)
        let mirrorsRows = [3, 4, 6, 7].contains(rawValue)
        let along = mirrorsColumns ? width - 1 - x : x
        let across = mirrorsRows ? height - 1 - y : y
        return swapsSides ? (along, across) : (across, along)
    }
}

/// What the first bytes of an image file say.
public struct ImageHeader: Sendable, Hashable {
    /// Rows of the stored pixels.
    public var storedHeight: Int
    /// Columns of the stored pixels.
    public var storedWidth: Int
    /// How they are turned before they are shown.
    public var orientation: ImageOrientation

    /// Describes an image.
    public init(storedHeight: Int, storedWidth: Int, orientation: ImageOrientation = .upright) {
        self.storedHeight = storedHeight
        self.storedWidth = storedWidth
        self.orientation = orientation
    }

    /// Rows of the upright picture.
    public var height: Int { orientation.swapsSides ? storedWidth : storedHeight }
    /// Columns of the upright picture.
    public var width: Int { orientation.swapsSides ? storedHeight : storedWidth }

    /// Whether a picture of this photo's sides may be of its stored or of its upright pixels: the sides are the same, and the pixels
    /// are not.
    public var sidesCannotTell: Bool { orientation != .upright && (height, width) == (storedHeight, storedWidth) }
}

extension ImageFile {
    /// Reads sides and orientation of a JPEG or PNG file without decoding its pixels.
    ///
    /// - Throws: ``ImageError`` for a file that ``load(_:)`` refuses by its header.
    public static func header(_ url: URL) throws(ImageError) -> ImageHeader {
        try header(try bytes(of: url), file: url.path)
    }

    /// Reads sides and orientation of a JPEG or PNG file that is in memory; `name` stands in error messages.
    ///
    /// - Throws: ``ImageError`` for a file that ``decode(_:name:)`` refuses by its header.
    public static func header(of bytes: [UInt8], name: String) throws(ImageError) -> ImageHeader {
        try header(bytes, file: name)
    }

    static func header(_ bytes: [UInt8], file: String) throws(ImageError) -> ImageHeader {
        try ImageCodec.reading(bytes, as: FSS_ROWS_NONE, file: file) { (rows) throws(ImageError) in rows.info.header }
    }
}

extension LabelGrid {
    /// The grid of stored pixels, turned as a viewer turns the photo.
    func turned(_ orientation: ImageOrientation) -> Self {
        guard orientation != .upright, let first = values.first else { return self }
        var turned = [Label](repeating: first, count: values.count)
        let newWidth = orientation.swapsSides ? height : width
        for y in 0..<height {
            for x in 0..<width {
                let target = orientation.place(y: y, x: x, height: height, width: width)
                turned[target.y * newWidth + target.x] = values[y * width + x]
            }
        }
        return Self(height: orientation.swapsSides ? width : height, width: newWidth, values: turned)
    }
}
