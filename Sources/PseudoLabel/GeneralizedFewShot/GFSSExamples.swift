public import Datasets
public import TensorCore

/// Labelled photos that a network learns from: base images, supports or synthetic images.
public struct GFSSExamples: Sendable {
    /// A photo with its labels.
    public struct Example: Sendable {
        /// What messages call it.
        public var id: String
        /// The photo.
        public var photo: RGBImage
        /// One class a pixel by the dataset's ids; void pixels do not count.
        public var labels: ClassMap

        /// A labelled photo.
        public init(id: String, photo: RGBImage, labels: ClassMap) {
            (self.id, self.photo, self.labels) = (id, photo, labels)
        }
    }

    /// How many there are.
    public var count: Int
    /// How often they are drawn beside others.
    public var weight: Float
    /// Loads one.
    public var load: @Sendable (_ index: Int) throws -> Example

    /// Photos that are loaded when they are drawn.
    public init(count: Int, weight: Float = 1, load: @escaping @Sendable (_ index: Int) throws -> Example) {
        (self.count, self.weight, self.load) = (count, weight, load)
    }

    /// Photos in memory.
    public init(_ examples: [Example], weight: Float = 1) {
        self.init(count: examples.count, weight: weight) { examples[$0] }
    }
}

/// How photos are varied while a network learns, as `hszhao/semseg` and its relatives do it: scaled, mirrored, cut to a square.
public struct GFSSAugmentation: Hashable, RangedConfiguration {
    /// The square.
    public var side = 473
    /// The least scale of the photo's longer side to the square.
    public var minimumScale: Float = 0.8
    /// The largest.
    public var maximumScale: Float = 1.25
    /// How often photos are mirrored.
    public var mirrorShare: Float = 0.5

    public static let ranges: ConfigurationRanges = [
        "side": .whole(8...4096), "minimumScale": .real(0.1...10), "maximumScale": .real(0.1...10), "mirrorShare": .real(0...1),
    ]

    /// The defaults.
    public init() {}

    /// One variation of an example, of the square's size; what lies beyond the photo is void.
    func varied(_ example: GFSSExamples.Example, _ random: inout TorchRandom) -> GFSSExamples.Example {
        let (photo, labels) = (example.photo, example.labels)
        let scale = minimumScale + (maximumScale - minimumScale) * random.uniform()
        let factor = Float(side) * scale / Float(max(photo.height, photo.width))
        let height = max(1, Int((Float(photo.height) * factor).rounded()))
        let width = max(1, Int((Float(photo.width) * factor).rounded()))
        var picture = photo.resized(height: height, width: width, filter: .bilinear)
        var map = labels.resized(height: height, width: width)
        if random.uniform() < mirrorShare { (picture, map) = (picture.flippedHorizontally(), map.flippedHorizontally()) }
        // Larger than the square: any part of it. Smaller: anywhere in it.
        func start(_ extent: Int) -> Int {
            let free = extent - side
            let draw = random.integer(below: abs(free) + 1)
            return free >= 0 ? draw : -draw
        }
        let (y, x) = (start(height), start(width))
        return GFSSExamples.Example(
            id: example.id, photo: picture.placed(y: y, x: x, height: side, width: side),
            labels: map.placed(y: y, x: x, height: side, width: side))
    }
}
