/// The photo that an annotation belongs to, as far as annotations have to know it.
public struct AnnotatedPhoto: Sendable, Hashable {
    /// Its path or name; annotation files of several photos are searched for it. May be empty.
    public var name: String
    /// Rows as the photo is shown.
    public var height: Int
    /// Columns as the photo is shown.
    public var width: Int
    /// The EXIF orientation, 1...8; 1 is upright. The photo is shown turned by it, other tools may show the stored pixels.
    public var orientation: Int

    /// Describes a photo.
    public init(name: String = "", height: Int, width: Int, orientation: Int = 1) {
        self.name = name
        self.height = height
        self.width = width
        self.orientation = (1...8).contains(orientation) ? orientation : 1
    }

    /// Describes a photo whose file's header is known.
    public init(name: String, header: ImageHeader) {
        self.init(name: name, height: header.height, width: header.width, orientation: header.orientation.rawValue)
    }

    /// The header of its file.
    var header: ImageHeader {
        let turn = ImageOrientation(rawValue: orientation) ?? .upright
        let (rows, columns) = turn.swapsSides ? (width, height) : (height, width)
        return ImageHeader(storedHeight: rows, storedWidth: columns, orientation: turn)
    }

    /// Rows of the pixels as they are stored.
    var storedHeight: Int { header.storedHeight }
    /// Columns of the pixels as they are stored.
    var storedWidth: Int { header.storedWidth }

    /// Compares a size that an annotation file states with that of the photo.
    ///
    /// - Returns: a remark where the size cannot tell whether the annotation was drawn on the stored or on the turned pixels.
    /// - Throws: ``DatasetError`` for another size; where it is that of the stored pixels, the message says so and names the tag.
    func check(height otherHeight: Int, width otherWidth: Int, file: String, place: String) throws(DatasetError) -> String? {
        let tag = "EXIF orientation \(orientation)"
        if otherHeight == height && otherWidth == width {
            guard orientation != 1, storedHeight == height else { return nil }
            return
                "\(file): the photo has \(tag) and the size cannot tell whether it was annotated on the stored or on the turned "
                + "pixels; the turned ones are assumed."
        }
        let isStored = otherHeight == storedHeight && otherWidth == storedWidth
        let found = "an annotation of \(otherWidth)x\(otherHeight) pixels" + (isStored ? ", the stored pixels of the photo" : "")
        let expected = "the size of its photo, \(width)x\(height)"
        guard isStored else {
            throw DatasetError(
                file: file, place: place, found: found, expected: expected,
                advice: "use the photo that was annotated, in its full size")
        }
        throw DatasetError(
            file: file, place: place, found: found, expected: expected + ", to which its tag \(tag) turns it",
            advice: "annotate the turned photo, or turn the photo's pixels and remove the tag")
    }
}
