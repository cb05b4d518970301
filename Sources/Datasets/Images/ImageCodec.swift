internal import CImageCodecs

/// The C codecs, as functions over arrays that throw ``ImageError``.
enum ImageCodec {
    private static let messageCapacity = 320

    /// Decodes a photo; `background` is the grey level under transparent pixels.
    static func rgb(_ bytes: [UInt8], file: String, background: UInt8) throws(ImageError) -> RGBImage {
        let format = try readableFormat(of: bytes, file: file)
        let decoded = try decode(file: file) { image, message in
            switch format {
            case .jpeg: fss_jpeg_decode(bytes, bytes.count, image, message, messageCapacity)
            default: fss_png_decode(bytes, bytes.count, background, image, message, messageCapacity)
            }
        }
        return RGBImage(height: decoded.height, width: decoded.width, pixels: decoded.samples)
    }

    /// Decodes palette indices or grey values of a PNG; the flag tells whether the file had a palette.
    static func labels(_ bytes: [UInt8], file: String) throws(ImageError) -> (map: LabelMap, hasPalette: Bool) {
        guard try readableFormat(of: bytes, file: file) == .png else {
            throw ImageError(
                kind: .unsupported, file: file, found: "a JPEG file", expected: "a PNG label map",
                advice: "save labels as PNG: JPEG changes the values at every border")
        }
        let decoded = try decode(file: file) { image, message in
            fss_png_decode_labels(bytes, bytes.count, image, message, messageCapacity)
        }
        let map = LabelMap(height: decoded.height, width: decoded.width, values: decoded.samples)
        return (map, decoded.hasPalette)
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

    private static func readableFormat(of bytes: [UInt8], file: String) throws(ImageError) -> ImageFormat {
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

    private struct Decoded {
        var height: Int
        var width: Int
        var hasPalette: Bool
        var samples: [UInt8]
    }

    private typealias Call<Output> = (UnsafeMutablePointer<Output>, UnsafeMutablePointer<CChar>) -> fss_image_status

    private static func decode(file: String, _ call: Call<fss_image>) throws(ImageError) -> Decoded {
        var image = fss_image()
        try check(file: file, &image, call)
        defer { fss_image_free(image.samples) }
        let count = Int(image.width) * Int(image.height) * Int(image.channels)
        return Decoded(
            height: Int(image.height), width: Int(image.width),
            hasPalette: image.label_kind == FSS_LABELS_PALETTE,
            samples: Array(UnsafeBufferPointer(start: image.samples, count: count)))
    }

    private static func encode(file: String, _ call: Call<fss_image_bytes>) throws(ImageError) -> [UInt8] {
        var out = fss_image_bytes()
        try check(file: file, &out, call)
        defer { fss_image_free(out.bytes) }
        return Array(UnsafeBufferPointer(start: out.bytes, count: out.count))
    }

    private static func check<Output>(
        file: String, _ output: inout Output, _ call: Call<Output>
    ) throws(ImageError) {
        var message = [CChar](repeating: 0, count: messageCapacity)
        let status = message.withUnsafeMutableBufferPointer { buffer -> fss_image_status in
            guard let text = buffer.baseAddress else { return FSS_IMAGE_OUT_OF_MEMORY }
            return call(&output, text)
        }
        guard status != FSS_IMAGE_OK else { return }
        let found = message.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        throw failure(status, file: file, found: found)
    }

    private static func failure(_ status: fss_image_status, file: String, found: String) -> ImageError {
        switch status {
        case FSS_IMAGE_TOO_LARGE:
            ImageError(
                kind: .tooLarge, file: file, found: found,
                expected: "at most \(FSS_IMAGE_MAX_PIXELS) pixels and sides of at most \(FSS_IMAGE_MAX_SIDE)",
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
