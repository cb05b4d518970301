public import Foundation

extension LabelMap {
    /// Loads the palette indices or the grey values of a PNG, unscaled.
    ///
    /// - Throws: ``ImageError`` for RGB or 16-bit files (their values are no class indices) and for everything that
    ///   ``ImageFile/load(_:)`` refuses.
    public static func load(_ url: URL) throws(ImageError) -> LabelMap {
        try ImageCodec.labels(try ImageFile.bytes(of: url), file: url.path).map
    }

    /// Saves the indices as a palette PNG with the VOC colours, atomically.
    public func save(to url: URL) throws(ImageError) {
        let bytes = try ImageCodec.png(values, height: height, width: width, palette: ColorMap.voc, file: url.path)
        try ImageFile.write(bytes, to: url)
    }

    /// The map as an RGB image in VOC colours.
    public func colored() -> RGBImage {
        let pixels = values.flatMap { value in ColorMap.voc[(Int(value) * 3)..<(Int(value) * 3 + 3)] }
        return RGBImage(height: height, width: width, pixels: pixels)
    }
}
