/// A file format, recognised by the first bytes and never by the name.
enum ImageFormat: String, Sendable {
    case jpeg = "JPEG"
    case png = "PNG"
    case gif = "GIF"
    case webp = "WebP"
    case heif = "HEIC or AVIF"
    case bmp = "BMP"
    case tiff = "TIFF"
    case jpegXL = "JPEG XL"
    case jpeg2000 = "JPEG 2000"
    case photoshop = "Photoshop"
    case pdf = "PDF"
    case svg = "SVG or XML"

    /// The format that the bytes announce, or nil.
    init?(_ bytes: [UInt8]) {
        func matches(_ signature: [UInt8], at offset: Int = 0) -> Bool {
            guard bytes.count >= offset + signature.count else { return false }
            return bytes[offset..<(offset + signature.count)].elementsEqual(signature)
        }
        if matches([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if matches([0x89, 0x50, 0x4E, 0x47]) {
            self = .png
        } else if matches(Array("GIF8".utf8)) {
            self = .gif
        } else if matches(Array("RIFF".utf8)) && matches(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else if matches(Array("ftyp".utf8), at: 4) {
            self = .heif
        } else if matches(Array("BM".utf8)) {
            self = .bmp
        } else if matches([0x49, 0x49, 0x2A, 0]) || matches([0x4D, 0x4D, 0, 0x2A]) {
            self = .tiff
        } else if matches([0xFF, 0x0A]) || matches([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20]) {
            self = .jpegXL
        } else if matches([0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20]) {
            self = .jpeg2000
        } else if matches(Array("8BPS".utf8)) {
            self = .photoshop
        } else if matches(Array("%PDF".utf8)) {
            self = .pdf
        } else if matches(Array("<?xml".utf8)) || matches(Array("<svg".utf8)) {
            self = .svg
        } else {
            return nil
        }
    }
}
