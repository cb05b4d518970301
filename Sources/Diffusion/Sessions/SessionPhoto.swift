internal import Datasets
internal import TensorCore

/// A photo of a session: the file as it came, and its pixels as the model is shown them.
struct SessionPhoto: Sendable {
    /// The longer side of the pixels that models are shown; they look at a few hundred, and a stroke should not wait for more.
    static let workingSide = 1024

    let id: String
    let name: String
    /// The file.
    let bytes: [UInt8]
    /// Rows of the upright photo.
    let height: Int
    /// Columns of the upright photo.
    let width: Int
    /// The photo, reduced where it is larger than ``workingSide``.
    let working: RGBImage
    /// A box that is worth trying first; of drawn photos.
    var suggestion: [Double]?
    var marks: PhotoMarks?
    var result: SessionResult?

    /// Bytes that are held for it.
    var byteCount: Int { bytes.count + working.pixels.count }

    /// Decodes a photo.
    ///
    /// - Throws: `ImageError` for what is no photo, ``PhotoSessionError`` for one that is too large.
    init(id: String, name: String, bytes: [UInt8], limits: PhotoSessionLimits) throws {
        guard bytes.count <= limits.photoBytes else {
            throw PhotoSessionError.limit("\(name), bytes", found: "\(bytes.count)", expected: "\(limits.photoBytes)")
        }
        let header = try ImageFile.header(of: bytes, name: name)
        let pixels = header.height * header.width
        guard pixels <= limits.photoPixels else {
            throw PhotoSessionError.limit("\(name), pixels", found: "\(pixels)", expected: "\(limits.photoPixels)")
        }
        let image = try ImageFile.decode(bytes, name: name)
        self.id = id
        self.name = name
        self.bytes = bytes
        (height, width) = (image.height, image.width)
        working = Self.reduced(image)
    }

    /// The support that the marks make of the photo, in the pixels that models are shown; nil without marks.
    var support: Support? {
        get throws(PhotoSessionError) {
            guard let marks else { return nil }
            return Support(
                image: working, annotation: try marks.annotation(height: working.height, width: working.width), id: name)
        }
    }

    /// The media type of the file.
    var mediaType: String { bytes.first == 0x89 ? "image/png" : "image/jpeg" }

    private static func reduced(_ image: RGBImage) -> RGBImage {
        let longer = max(image.height, image.width)
        guard longer > workingSide else { return image }
        func side(_ value: Int) -> Int { max(1, (value * workingSide + longer / 2) / longer) }
        return image.resized(height: side(image.height), width: side(image.width), filter: .bilinear)
    }

    /// A name that a client gave a photo, as it may stand in messages and archives: its last part, without control characters.
    static func plainName(_ name: String, number: Int) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let scalars = last.unicodeScalars.filter { $0.properties.generalCategory != .control }
        let plain = String(String(String.UnicodeScalarView(scalars)).prefix(100)).trimmingPrefix { $0 == "." || $0 == " " }
        return plain.isEmpty ? "photo-\(number)" : String(plain)
    }
}
