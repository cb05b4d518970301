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

    /// Rows of the pixels as they are stored.
    var storedHeight: Int { orientation >= 5 ? width : height }
    /// Columns of the pixels as they are stored.
    var storedWidth: Int { orientation >= 5 ? height : width }

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

/// The orientation tag of a JPEG.
enum EXIFOrientation {
    /// The value of tag 0x0112, 1...8; 1 for a file without one and for other formats.
    static func read(_ bytes: [UInt8]) -> Int {
        guard bytes.starts(with: [0xFF, 0xD8]) else { return 1 }
        var cursor = 2
        while cursor + 4 <= bytes.count, bytes[cursor] == 0xFF {
            let (marker, length) = (bytes[cursor + 1], Int(bytes[cursor + 2]) << 8 | Int(bytes[cursor + 3]))
            let end = cursor + 2 + length
            // Start of scan: no tag comes after it.
            guard length >= 2, end <= bytes.count, marker != 0xDA else { return 1 }
            let body = bytes[(cursor + 4)..<end]
            if marker == 0xE1, body.starts(with: Array("Exif".utf8) + [0, 0]) {
                return orientation(tiff: Array(body.dropFirst(6)))
            }
            cursor = end
        }
        return 1
    }

    private static func orientation(tiff: [UInt8]) -> Int {
        guard tiff.count >= 8 else { return 1 }
        let isLittle = tiff[0] == UInt8(ascii: "I")
        func number(_ place: Int, _ count: Int) -> Int {
            guard place >= 0, place + count <= tiff.count else { return 0 }
            let part = tiff[place..<(place + count)]
            return (isLittle ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
        }
        let directory = number(4, 4)
        for entry in 0..<number(directory, 2) {
            let place = directory + 2 + 12 * entry
            guard place + 12 <= tiff.count else { return 1 }
            if number(place, 2) == 0x0112 && number(place + 2, 2) == 3 {
                let value = number(place + 8, 2)
                return (1...8).contains(value) ? value : 1
            }
        }
        return 1
    }
}
