public import Foundation
internal import TensorCore

/// Reading and writing of photos.
public enum ImageFile {
    /// Loads a JPEG or PNG file as 8-bit RGB.
    ///
    /// The format follows from the content, not from the name. Grey and palette images are expanded, 16-bit samples
    /// are scaled to 8 bits, transparent pixels are composited over white, the EXIF orientation is applied (``ImageOrientation``).
    /// JPEG samples equal Pillow's (accurate integer DCT, smooth chroma upsampling).
    ///
    /// Memory is three bytes a pixel, and for a progressive JPEG what its coefficients take beside (two bytes each, at most 1 GiB).
    ///
    /// - Throws: ``ImageError`` for a file that is missing, empty, cut short, animated, CMYK, of another format, above 2^28 pixels, or
    ///   above 2^25 pixels with less than a byte of file for 128 pixels, which no photo is.
    public static func load(_ url: URL) throws(ImageError) -> RGBImage {
        try ImageCodec.rgb(try bytes(of: url), file: url.path, background: 255)
    }

    /// Loads a picture by the rules of ``load(_:)``, with the SHA-256 of its file, which is read once.
    public static func loadIdentified(_ url: URL) throws(ImageError) -> (image: RGBImage, sha256: String) {
        let bytes = try bytes(of: url)
        return (try decode(bytes, name: url.path), bytes.withUnsafeBytes { SHA256.hex($0) })
    }

    /// Decodes a JPEG or PNG file that is in memory, by the rules of ``load(_:)``; `name` stands in error messages.
    public static func decode(_ bytes: [UInt8], name: String) throws(ImageError) -> RGBImage {
        try ImageCodec.rgb(bytes, file: name, background: 255)
    }

    /// Saves an image; the format follows from the ending: `.png`, or `.jpg` and `.jpeg`.
    ///
    /// The file is written beside its final place and renamed, so that no reader ever sees a part of it and an
    /// interrupted run leaves the former file whole.
    ///
    /// - Parameters:
    ///   - image: what is saved.
    ///   - url: the file; its ending decides the format.
    ///   - quality: JPEG quality, 1...100; colour is not subsampled from 90 upward.
    /// - Throws: ``ImageError`` of kind ``ImageError/Kind/notWritten``, ``ImageError/Kind/unsupported`` for another
    ///   ending.
    public static func save(_ image: RGBImage, to url: URL, quality: Int = 92) throws(ImageError) {
        let bytes: [UInt8]
        switch url.pathExtension.lowercased() {
        case "png": bytes = try ImageCodec.png(image, file: url.path)
        case "jpg", "jpeg": bytes = try ImageCodec.jpeg(image, file: url.path, quality: quality)
        default:
            throw ImageError(
                kind: .unsupported, file: url.path, found: "the ending \"\(url.pathExtension)\"",
                expected: ".png, .jpg or .jpeg", advice: "name the file with one of them")
        }
        try write(bytes, to: url)
    }

    static func bytes(of url: URL) throws(ImageError) -> [UInt8] {
        do throws(FileFailure) {
            return try FileBytes.read(url)
        } catch {
            throw ImageError(
                kind: .unreadable, file: url.path, found: error.found, expected: "a JPEG or PNG file",
                advice: error.advice)
        }
    }

    static func write(_ bytes: [UInt8], to url: URL) throws(ImageError) {
        do throws(FileFailure) {
            try AtomicFile.write(bytes, to: url)
        } catch {
            throw ImageError(
                kind: .notWritten, file: url.path, found: error.found, expected: "a place to write the image",
                advice: error.advice)
        }
    }
}
