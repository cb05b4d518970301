/// What a file is by its first bytes: names files that were given in place of a list or an annotation, with the way to go on.
struct FileKind: Sendable, Equatable {
    /// With its article: "a PDF document".
    let name: String
    /// What the user can do.
    let advice: String

    private static let unpack = "unpack it and give a file that is in it"
    private static let export = "export it as text and give that"

    /// Signatures with their place; the first that fits decides.
    private static let signatures: [(place: Int, bytes: [UInt8], kind: FileKind)] = [
        (0, Array("version https://git-lfs".utf8), FileKind("a Git LFS pointer", "fetch the file itself: git lfs pull")),
        (0, [0x50, 0x4B, 3, 4], FileKind("a zip archive (.zip, .npz, .xlsx)", unpack)),
        (0, [0x50, 0x4B, 5, 6], FileKind("an empty zip archive", "export the files again")),
        (0, [0x1F, 0x8B], FileKind("a gzip archive", unpack)),
        (0, Array("BZh".utf8), FileKind("a bzip2 archive", unpack)),
        (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], FileKind("an xz archive", unpack)),
        (0, [0x28, 0xB5, 0x2F, 0xFD], FileKind("a Zstandard archive", unpack)),
        (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], FileKind("a 7z archive", unpack)),
        (0, Array("Rar!".utf8), FileKind("a RAR archive", unpack)),
        (257, Array("ustar".utf8), FileKind("a tar archive", unpack)),
        (0, Array("%PDF".utf8), FileKind("a PDF document", export)),
        (0, Array("{\\rtf".utf8), FileKind("an RTF document", "save it as plain text")),
        (0, [0xD0, 0xCF, 0x11, 0xE0], FileKind("a Microsoft Office document", export)),
        (0, [0x89, 0x48, 0x44, 0x46], FileKind("an HDF5 file", export)),
        (0, [0x93] + Array("NUMPY".utf8), FileKind("a NumPy array (.npy)", "save masks as PNG and lists as text")),
        (0, Array("MATLAB 5.0".utf8), FileKind("a MATLAB file", "save masks as PNG and lists as text")),
        (0, Array("SQLite format 3".utf8), FileKind("an SQLite database", export)),
        (0, Array("PAR1".utf8), FileKind("a Parquet table", "save it as CSV")),
        (0, [0, 0, 0xFE, 0xFF], FileKind("UTF-32 text", "save it as UTF-8")),
        (0, [0xFF, 0xFE, 0, 0], FileKind("UTF-32 text", "save it as UTF-8")),
    ]

    private init(_ name: String, _ advice: String) {
        self.name = name
        self.advice = advice
    }

    /// The kind that the bytes announce; nil for text and for what is not known.
    init?(_ bytes: [UInt8]) {
        func matches(_ signature: [UInt8], at place: Int) -> Bool {
            bytes.count >= place + signature.count && bytes[place..<(place + signature.count)].elementsEqual(signature)
        }
        if let found = Self.signatures.first(where: { matches($0.bytes, at: $0.place) }) {
            self = found.kind
        } else if Self.isWebPage(bytes) {
            self.init("a web page (HTML)", "download the file itself: the link led to a page")
        } else if let pickleVersion = bytes.dropFirst().first, bytes[0] == 0x80, (2...5).contains(pickleVersion) {
            self.init("a Python pickle", Self.export.replacing("it as", with: "its content as"))
        } else if let picture = ImageFormat(bytes), picture != .svg, picture != .bmp || bytes.contains(0) {
            self.init("a picture (\(picture.rawValue))", "give the text file that belongs to it")
        } else {
            return nil
        }
    }

    private static func isWebPage(_ bytes: [UInt8]) -> Bool {
        let blanks = Set<UInt8>([0x20, 9, 10, 13, 0xEF, 0xBB, 0xBF])
        let start = String(decoding: bytes.prefix(1024).drop { blanks.contains($0) }.prefix(64), as: UTF8.self).lowercased()
        return ["<!doctype html", "<html", "<head", "<body"].contains { start.hasPrefix($0) }
    }
}
