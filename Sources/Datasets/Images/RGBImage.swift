/// An 8-bit RGB image, rows from top to bottom, three interleaved channels a pixel.
///
/// Every decoder of this library produces this type whatever the file held (grey, palette, 16-bit, alpha), so that a
/// model never meets another layout.
public struct RGBImage: Sendable, Equatable {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// `height * width * 3` samples in `[H, W, C]` order.
    public var pixels: [UInt8]

    /// Wraps samples in `[H, W, C]` order.
    ///
    /// - Precondition: `pixels.count == width * height * 3` and both sides are positive.
    public init(height: Int, width: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "RGBImage: sides must be positive, found \(width)x\(height)")
        precondition(
            pixels.count == width * height * 3,
            "RGBImage: \(width)x\(height) needs \(width * height * 3) samples, found \(pixels.count)")
        self.height = height
        self.width = width
        self.pixels = pixels
    }

    /// An image of one colour.
    public init(height: Int, width: Int, red: UInt8 = 0, green: UInt8 = 0, blue: UInt8 = 0) {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for pixel in 0..<(width * height) {
            pixels[pixel * 3] = red
            pixels[pixel * 3 + 1] = green
            pixels[pixel * 3 + 2] = blue
        }
        self.init(height: height, width: width, pixels: pixels)
    }
}
