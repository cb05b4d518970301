public import Foundation

extension BinaryMask {
    /// Loads a mask from any PNG, or from a JPEG; see ``MaskReading/load(_:rule:photo:)``, which also says what was assumed.
    ///
    /// An empty mask is a valid file: whether it is acceptable is up to the caller (``Annotation`` files refuse it).
    public static func load(_ url: URL, rule: MaskRule = .automatic) throws(ImageError) -> BinaryMask {
        let bytes = try ImageFile.bytes(of: url)
        let header = try ImageFile.header(bytes, file: url.path)
        return try MaskReading.decoded(bytes, file: url.path, rule: rule).mask.turned(header.orientation)
    }

    /// Saves the mask as a grey PNG of 0 and 255, atomically.
    public func save(to url: URL) throws(ImageError) {
        let samples = values.map { $0 ? UInt8(255) : 0 }
        let bytes = try ImageCodec.png(samples, height: height, width: width, palette: [], file: url.path)
        try ImageFile.write(bytes, to: url)
    }
}
