/// An 8-bit colour.
public struct RGBColor: Sendable, Hashable {
    /// Red, 0...255.
    public var red: UInt8
    /// Green, 0...255.
    public var green: UInt8
    /// Blue, 0...255.
    public var blue: UInt8

    /// A colour from its parts.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// White.
    public static let white = RGBColor(red: 255, green: 255, blue: 255)
    /// Black.
    public static let black = RGBColor(red: 0, green: 0, blue: 0)
    /// The colour of annotations: a warm yellow.
    public static let annotation = RGBColor(red: 255, green: 200, blue: 0)
    /// The colour of predictions: an orange red, apart from green also for colour-blind eyes.
    public static let prediction = RGBColor(red: 240, green: 70, blue: 30)
    /// The colour of the truth: a blue.
    public static let truth = RGBColor(red: 30, green: 130, blue: 255)

    var samples: [UInt8] { [red, green, blue] }
}

extension RGBImage {
    /// Sets or blends one pixel; positions outside of the image are ignored.
    mutating func blend(_ color: RGBColor, x: Int, y: Int, opacity: Double = 1) {
        guard x >= 0 && x < width && y >= 0 && y < height else { return }
        let start = (y * width + x) * 3
        for (channel, sample) in color.samples.enumerated() {
            let old = Double(pixels[start + channel])
            let mixed = old + (Double(sample) - old) * opacity
            pixels[start + channel] = UInt8(min(max(mixed.rounded(), 0), 255))
        }
    }

    /// Copies an image into this one with its upper left corner at (x, y); what sticks out is cut off.
    mutating func paste(_ image: RGBImage, x: Int, y: Int) {
        for row in max(0, -y)..<max(max(0, -y), min(image.height, height - y)) {
            let first = max(0, -x)
            let last = min(image.width, width - x)
            guard first < last else { return }
            let source = (row * image.width + first) * 3
            let target = ((y + row) * width + x + first) * 3
            let count = (last - first) * 3
            pixels.replaceSubrange(target..<(target + count), with: image.pixels[source..<(source + count)])
        }
    }

    /// Writes a line of text with its upper left corner at (x, y), each font pixel as `scale` x `scale` pixels.
    mutating func write(_ text: String, x: Int, y: Int, color: RGBColor = .black, scale: Int = 1) {
        for (index, character) in text.enumerated() {
            let left = x + index * (BitmapFont.width + 1) * scale
            for pixel in 0..<(BitmapFont.width * BitmapFont.height) {
                let (column, row) = (pixel % BitmapFont.width, pixel / BitmapFont.width)
                guard BitmapFont.isSet(character, x: column, y: row) else { continue }
                for part in 0..<(scale * scale) {
                    let (dx, dy) = (part % scale, part / scale)
                    blend(color, x: left + column * scale + dx, y: y + row * scale + dy)
                }
            }
        }
    }
}
