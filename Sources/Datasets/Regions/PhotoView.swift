internal import Foundation
public import TensorCore

/// A part of a photo under another light: a rectangle, perhaps mirrored, with other gains and another gamma.
public struct PhotoView: Sendable, Hashable {
    /// The top row.
    public var y: Int
    /// The left column.
    public var x: Int
    /// Rows.
    public var height: Int
    /// Columns.
    public var width: Int
    /// Whether left and right change places.
    public var isMirrored = false
    /// What red, green and blue are multiplied by.
    public var gains: [Float] = [1, 1, 1]
    /// The exponent of values in 0...1, before the gains.
    public var gamma: Float = 1

    /// The shares of a photo's sides that drawn views have.
    public static let drawnSides: ClosedRange<Float> = 0.5...1
    /// The gains of drawn views.
    public static let drawnGains: ClosedRange<Float> = 0.8...1.25
    /// The exponents of drawn views.
    public static let drawnGammas: ClosedRange<Float> = 0.75...4 / 3

    /// A rectangle of a photo as it is.
    public init(y: Int, x: Int, height: Int, width: Int) {
        (self.y, self.x, self.height, self.width) = (y, x, height, width)
    }

    /// A random view of a photo of these sides; half of them are mirrored.
    public init(ofHeight rows: Int, width columns: Int, _ random: inout TorchRandom) {
        func side(_ length: Int, _ random: inout TorchRandom) -> Int {
            let range = Self.drawnSides
            let share = range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()
            return min(length, max(1, Int((Float(length) * share).rounded())))
        }
        func factor(_ range: ClosedRange<Float>, _ random: inout TorchRandom) -> Float {
            range.lowerBound * powf(range.upperBound / range.lowerBound, random.uniform())
        }
        let (height, width) = (side(rows, &random), side(columns, &random))
        let (y, x) = (random.integer(below: rows - height + 1), random.integer(below: columns - width + 1))
        self.init(y: y, x: x, height: height, width: width)
        isMirrored = random.uniform() < 0.5
        gains = (0..<3).map { _ in factor(Self.drawnGains, &random) }
        gamma = factor(Self.drawnGammas, &random)
    }

    /// The view of a photo.
    ///
    /// - Precondition: the rectangle is inside the photo.
    public func image(of photo: RGBImage) -> RGBImage {
        var image = photo.cropped(y: y, x: x, height: height, width: width)
        if isMirrored { image = image.flippedHorizontally() }
        guard gamma != 1 || gains.contains(where: { $0 != 1 }) else { return image }
        let levels = gains.map { gain in
            (0...255).map { UInt8(min(255, 255 * gain * powf(Float($0) / 255, gamma)).rounded()) }
        }
        for index in image.pixels.indices { image.pixels[index] = levels[index % 3][Int(image.pixels[index])] }
        return image
    }

    /// The view of labels.
    ///
    /// - Precondition: the rectangle is inside the grid.
    public func labels<Grid: LabelGrid>(of grid: Grid) -> Grid {
        let part = grid.cropped(y: y, x: x, height: height, width: width)
        return isMirrored ? part.flippedHorizontally() : part
    }

    /// The view of a class's mask.
    ///
    /// - Precondition: the rectangle is inside the mask.
    public func mask(of mask: ClassMask) -> ClassMask {
        ClassMask(object: labels(of: mask.object), void: mask.void.map { labels(of: $0) })
    }

    /// Whether a region is seen well: its share of the view's pixels is one of `shares`.
    func shows(_ mask: BinaryMask, shares: ClosedRange<Float>) -> Bool {
        var area = 0
        for row in y..<(y + height) {
            for pixel in (row * mask.width + x)..<(row * mask.width + x + width) where mask.values[pixel] { area += 1 }
        }
        return shares.contains(Float(area) / Float(height * width))
    }
}
