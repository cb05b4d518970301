internal import Foundation

/// What a photo is, wherever photos are read: folders of queries, datasets, their checks.
///
/// A photo is a file whose name ends in `.jpg`, `.jpeg` or `.png`, in letters of any case, and is not hidden. Names that begin with a dot
/// are hidden (macOS keeps `._IMG_1.JPG` beside `IMG_1.JPG`), and so are the files that Windows keeps in folders of photos.
public enum PhotoRule {
    /// The endings, in the order in which a dataset looks for the file of an id.
    public static let endings = ["jpg", "jpeg", "png"]

    private static let systemFiles: Set<String> = ["thumbs.db", "desktop.ini", "ehthumbs.db"]

    /// The endings of image formats that are not read, with the names of the formats.
    static let otherFormats: [String: String] = [
        "gif": "GIF", "webp": "WebP", "heic": "HEIC", "heif": "HEIC", "avif": "AVIF", "tif": "TIFF", "tiff": "TIFF", "bmp": "BMP",
        "jxl": "JPEG XL", "jp2": "JPEG 2000", "psd": "Photoshop", "svg": "SVG", "dng": "raw", "cr2": "raw", "cr3": "raw",
        "nef": "raw", "arw": "raw", "orf": "raw", "rw2": "raw", "raf": "raw", "ppm": "PPM", "pgm": "PGM", "tga": "TGA",
    ]

    /// Whether a file of this name is a photo.
    public static func isPhoto(_ name: String) -> Bool { !isHidden(name) && endings.contains(ending(name)) }

    /// Whether a file of this name is passed over without a word.
    public static func isHidden(_ name: String) -> Bool {
        name.utf8.first == UInt8(ascii: ".") || systemFiles.contains(name.lowercased())
    }

    /// What follows the last dot, in small letters; empty without one.
    static func ending(_ name: String) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(name[name.utf8.index(after: dot)...]).lowercased()
    }

    /// A name without its ending, where that is a photo's.
    public static func stem(_ name: String) -> String {
        let ending = ending(name)
        return endings.contains(ending) ? String(name.dropLast(ending.count + 1)) : name
    }

    /// The names that the photo of an id may have, the first that exists is meant: the id with each ending in small letters, as it is
    /// where it brings an ending, then in capitals and in other mixtures that programs write.
    public static func candidates(_ id: String) -> [String] {
        let plain = endings.map { "\(id).\($0)" }
        let own = endings.contains(ending(id)) ? [id] + endings.map { "\(stem(id)).\($0)" } : []
        let stems = own.isEmpty ? [id] : [id, stem(id)]
        let capitals = stems.flatMap { stem in
            endings.flatMap { ["\(stem).\($0.uppercased())", "\(stem).\($0.capitalized)"] }
        }
        return plain + own + capitals
    }
}
