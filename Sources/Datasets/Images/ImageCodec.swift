internal import CImageCodecs

/// The C codecs, as functions over arrays that throw ``ImageError``.
enum ImageCodec {
    private static let messageCapacity = 320

    /// Decodes a photo; `background` is the grey level under transparent pixels.
    static func rgb(_ bytes: [UInt8], file: String, background: UInt8) throws(ImageError) -> RGBImage {
        try reading(bytes, as: FSS_ROWS_RGB8, file: file, background: background) { (rows) throws(ImageError) in
            let header = rows.info.header
            return RGBImage(height: header.height, width: header.width, pixels: try rows.upright())
        }
    }

    /// Decodes palette indices or grey values of a PNG; the flag tells whether the file had a palette.
    static func labels(_ bytes: [UInt8], file: String) throws(ImageError) -> (map: LabelMap, hasPalette: Bool) {
        guard try readableFormat(of: bytes, file: file) == .png else {
            throw ImageError(
                kind: .unsupported, file: file, found: "a JPEG file", expected: "a PNG label map",
                advice: "save labels as PNG: JPEG changes the values at every border")
        }
        return try reading(bytes, as: FSS_ROWS_LABELS, file: file) { (rows) throws(ImageError) in
            let header = rows.info.header
            let map = LabelMap(height: header.height, width: header.width, values: try rows.upright())
            return (map, rows.info.color == .palette)
        }
    }

    static func jpeg(_ image: RGBImage, file: String, quality: Int) throws(ImageError) -> [UInt8] {
        let level = Int32(min(max(quality, 1), 100))
        return try encode(file: file) { out, message in
            fss_jpeg_encode(
                image.pixels, UInt32(image.width), UInt32(image.height), level, out, message, messageCapacity)
        }
    }

    static func png(_ image: RGBImage, file: String) throws(ImageError) -> [UInt8] {
        try encode(file: file) { out, message in
            fss_png_encode(
                image.pixels, UInt32(image.width), UInt32(image.height), 3, nil, 0, out, message, messageCapacity)
        }
    }

    /// Encodes one byte a pixel: grey, or indices when `palette` (RGB triples) is not empty.
    static func png(
        _ samples: [UInt8], height: Int, width: Int, palette: [UInt8], file: String
    ) throws(ImageError) -> [UInt8] {
        try encode(file: file) { out, message in
            fss_png_encode(
                samples, UInt32(width), UInt32(height), 1, palette, UInt32(palette.count / 3), out, message,
                messageCapacity)
        }
    }

    static func readableFormat(of bytes: [UInt8], file: String) throws(ImageError) -> ImageFormat {
        let expected = "a JPEG or PNG file"
        if bytes.isEmpty {
            throw ImageError(
                kind: .empty, file: file, found: "a file of zero bytes", expected: expected,
                advice: "copy or download the file again")
        }
        switch ImageFormat(bytes) {
        case .jpeg: return .jpeg
        case .png: return .png
        case .some(let format):
            throw ImageError(
                kind: .unsupported, file: file, found: "\(format.rawValue) data", expected: expected,
                advice: "convert it to PNG or JPEG")
        case nil:
            throw ImageError(
                kind: .unrecognised, file: file, found: "bytes of no known image format", expected: expected,
                advice: "check that the file is an image")
        }
    }

    private static func encode(
        file: String, _ call: (UnsafeMutablePointer<fss_image_bytes>, UnsafeMutablePointer<CChar>) -> fss_image_status
    ) throws(ImageError) -> [UInt8] {
        var out = fss_image_bytes()
        try check(file: file) { (text, _) in withUnsafeMutablePointer(to: &out) { call($0, text) } }
        defer { fss_image_free(out.bytes) }
        return Array(UnsafeBufferPointer(start: out.bytes, count: out.count))
    }

    /// Calls a C function with room for its message and throws what it says.
    static func check(
        file: String, _ call: (UnsafeMutablePointer<CChar>, Int) -> fss_image_status
    ) throws(ImageError) {
        // Rows come by the thousand; nothing is allocated while all is well.
        let outcome = withUnsafeTemporaryAllocation(of: CChar.self, capacity: messageCapacity) { buffer in
            guard let text = buffer.baseAddress else { return (FSS_IMAGE_OUT_OF_MEMORY, "no memory") }
            text.initialize(to: 0)
            let status = call(text, messageCapacity)
            return (status, status == FSS_IMAGE_OK ? "" : String(cString: text))
        }
        guard outcome.0 != FSS_IMAGE_OK else { return }
        throw failure(outcome.0, file: file, found: outcome.1)
    }

    static func failure(_ status: fss_image_status, file: String, found: String) -> ImageError {
        switch status {
        case FSS_IMAGE_TOO_LARGE:
            ImageError(
                kind: .tooLarge, file: file, found: found,
                expected:
                    "at most \(FSS_IMAGE_MAX_PIXELS) pixels, sides of at most \(FSS_IMAGE_MAX_SIDE), and bytes in proportion",
                advice: "scale the image down or cut it into tiles")
        case FSS_IMAGE_OUT_OF_MEMORY:
            ImageError(
                kind: .tooLarge, file: file, found: found, expected: "an image that fits into memory",
                advice: "scale the image down or free memory")
        case FSS_IMAGE_UNSUPPORTED:
            ImageError(
                kind: .unsupported, file: file, found: found,
                expected: "a still RGB or grey JPEG or PNG, or an 8-bit grey or palette PNG for labels",
                advice: "convert it with an image editor")
        default:
            ImageError(
                kind: .damaged, file: file, found: found, expected: "a complete JPEG or PNG file",
                advice: "copy or download the file again")
        }
    }
}
