public import Datasets
internal import TensorCore

/// A painted image with what it shows.
public struct PaintedImage: Sendable, Equatable {
    /// The image.
    public let image: RGBImage
    /// The class of every pixel: 0 the background, 1...20 of `Shapes5i`.
    public let truth: LabelMap
    /// The class that was asked for.
    public let classID: Int
}

/// The painter of Shapes-5i, driven by words: a generator that needs no weights and knows the truth of its images.
///
/// The prompt has to name the class, one of the compositions such as "striped ring", and that is always painted. The other words
/// choose the rest: a place its backdrop, words of view the size and the position, words of light brightness and shadows, words of
/// style blur and noise. Words that it does not know change the backdrop, so that other prompts are other images.
public struct ShapesPainter: ImageGenerator {
    /// Pixels along each side.
    public let size: Int
    /// The classes that may stand beside the one that was asked for, where the prompt speaks of a crowd.
    public let companions: [Int]

    /// A painter.
    ///
    /// - Parameters:
    ///   - size: pixels along each side, 16...8192.
    ///   - companions: classes of Shapes-5i, such as the base classes of a fold; none keeps the object alone.
    /// - Precondition: the size and the classes are in range.
    public init(size: Int = 256, companions: [Int] = []) {
        precondition((16...8192).contains(size), "ShapesPainter: size must be 16...8192, found \(size)")
        precondition(
            companions.allSatisfy { (1...Shapes5i.classCount).contains($0) },
            "ShapesPainter: companions are classes 1...20, found \(companions)")
        (self.size, self.companions) = (size, companions)
    }

    public var identity: String { "shapes-5i \(Shapes5i.version) painter 1 size \(size) companions \(companions)" }

    /// - Throws: ``GenerationError`` for a class that is none of Shapes-5i, or that the prompt does not name.
    public func generate(_ request: ImageRequest) throws -> RGBImage { try paint(request).image }

    public func truth(of request: ImageRequest) throws -> ClassMap? { try paint(request).truth.classMap }

    /// Makes an image with its truth, so that the quality of pseudo labels can be measured.
    ///
    /// - Throws: as ``generate(_:)``.
    public func paint(_ request: ImageRequest) throws(GenerationError) -> PaintedImage {
        guard let position = Shapes5i.classNames.firstIndex(of: request.className.lowercased()) else {
            throw GenerationError(
                source: "the painter of Shapes-5i", found: "the class \"\(request.className)\"",
                expected: "one of " + Shapes5i.classNames.joined(separator: ", "),
                advice: "name a class of Shapes-5i or choose another generator")
        }
        let words = Self.words(request.prompt)
        let name = Self.words(request.className)
        guard let start = words.indices.first(where: { words[$0...].starts(with: name) }) else {
            throw GenerationError(
                source: "the painter of Shapes-5i", found: "the prompt \"\(request.prompt.prefix(80))\"",
                expected: "the words \"\(request.className)\" in it", advice: "name the class in the prompt")
        }
        let others = Array(words[..<start]) + words[(start + name.count)...]
        let painting = painting(classID: position + 1, words: others)
        let rendering = painting.render(seed: request.seed, size: size)
        return PaintedImage(image: rendering.image, truth: rendering.labels, classID: position + 1)
    }

    private func painting(classID: Int, words: [String]) -> Shapes5i.Painting {
        var painting = Shapes5i.Painting(classID: classID)
        let known = Set(words)
        func says(_ any: String...) -> Bool { any.contains { known.contains($0) } }
        let digest = contentDigest(words.filter { !Self.settled.contains($0) })
        painting.place = UInt64(digest.prefix(15), radix: 16) ?? 0
        if says("crowded", "busy", "market", "street") {
            painting.companions = companions.filter { $0 != classID }
            painting.clutter = 1
        } else if says("snow", "desert", "beach", "plain", "empty", "wall") {
            painting.clutter = 0.25
        }
        if says("close", "large", "big") { painting.radius = 0.32...0.44 }
        if says("far", "small", "tiny", "distant") { painting.radius = 0.12...0.18 }
        if says("frame", "cut", "hidden") { painting.offset = 0.42 }
        if says("above", "centre", "center") { painting.offset = 0.08 }
        if says("bright", "sunlight", "noon") { painting.brightness = 1.15 }
        if says("dusk", "dim", "night", "dark") { painting.brightness = 0.72 }
        if says("shadows", "sunlight") { (painting.shadow, painting.contrast) = (1.5, 1.1) }
        if says("overcast", "fog") { (painting.shadow, painting.contrast) = (0.3, 0.75) }
        if says("sharp") { painting.blur = 0 }
        if says("blurred", "blurry") { painting.blur = 2 }
        if says("grainy", "night", "snapshot") { painting.noise = 2 }
        return painting
    }

    /// Words that say the size, the position, the light or the style and so do not choose a place.
    private static let settled: Set<String> = [
        "a", "an", "the", "of", "in", "on", "at", "by", "with", "under", "from", "seen", "photo", "sharp", "blurred", "blurry",
        "grainy", "snapshot", "film", "still", "close", "up", "far", "away", "above", "below", "side", "behind", "cut", "off",
        "frame", "small", "large", "big", "tiny", "distant", "bright", "sunlight", "noon", "dusk", "dim", "night", "dark",
        "light",
        "strong", "shadows", "overcast", "sky", "fog", "lamp", "indoor",
    ]

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
