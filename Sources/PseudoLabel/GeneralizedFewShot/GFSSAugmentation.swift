public import Datasets
public import TensorCore

/// How photos are varied while a network learns, as `hszhao/semseg` and its relatives do it: scaled, mirrored, cut to a square.
public struct GFSSAugmentation: Hashable, RangedConfiguration, PhotoTransformation {
    /// The square, and the canvas of a network of base classes; nil for the convention's, and for novel classes the network's.
    @NullableKey public var side: Int?
    /// The least scale of the photo's longer side to the square.
    public var minimumScale: Float = 0.8
    /// The largest.
    public var maximumScale: Float = 1.25
    /// How often photos are mirrored.
    public var mirrorShare: Float = 0.5

    public static let ranges: ConfigurationRanges = [
        "side": .whole(GFSSNetwork.Configuration.sides), "minimumScale": .real(0.1...10), "maximumScale": .real(0.1...10),
        "mirrorShare": .real(0...1),
    ]

    /// The defaults.
    public init() {}

    public func validateRelations(source: String) throws(ConfigurationError) {
        try ConfigurationError.check(
            minimumScale <= maximumScale, source, "minimumScale", found: minimumScale,
            expected: "at most maximumScale (\(maximumScale))")
    }

    /// The square in pixels.
    var square: Int { side ?? GFSSConvention.pop.canvas.side }

    /// One variation of a photo, of the square's size. What lies beyond the photo has the mean colour and is void.
    public func callAsFunction(_ sample: PhotoSample, _ random: inout TorchRandom) -> PhotoSample {
        let (width, height) = (sample.image.width, sample.image.height)
        let scale = minimumScale + (maximumScale - minimumScale) * random.uniform()
        let side = square
        let factor = Float(side) * scale / Float(max(height, width))
        func scaled(_ extent: Int) -> Int { max(1, Int((Float(extent) * factor).rounded())) }
        let flip = RandomFlip(probability: mirrorShare)
        let varied = flip(PhotoResize(height: scaled(height), width: scaled(width))(sample, &random), &random)
        let (y, x) = (start(varied.image.height, &random), start(varied.image.width, &random))
        return PhotoSample(
            id: sample.id, image: varied.image.placed(y: y, x: x, height: side, width: side),
            labels: varied.labels?.placed(y: y, x: x, height: side, width: side))
    }

    /// Where the square begins: anywhere in a larger photo, and with a smaller one anywhere in it.
    private func start(_ extent: Int, _ random: inout TorchRandom) -> Int {
        let free = extent - square
        let draw = random.integer(below: abs(free) + 1)
        return free >= 0 ? draw : -draw
    }
}
