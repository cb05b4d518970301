internal import TensorCore

/// How weak annotations are made from a mask, for evaluation and training.
///
/// Papers rarely say how their boxes and scribbles came about, although results depend on it; here the rule and its
/// seed are recorded with every result.
public enum AnnotationRule: String, Sendable, Codable, CaseIterable {
    /// The mask itself.
    case mask
    /// One filled box for each connected region (BAM's rule; the default for boxes).
    case box
    /// One box around all pixels of the class.
    case boxWhole = "box-whole"
    /// One box around the largest connected region (PANet's rule).
    case boxLargest = "box-largest"
    /// One stroke through each connected region, see ``ScribbleRobot``.
    case scribble
    /// Up to 20 random pixels of the class.
    case point
    /// No annotation.
    case none

    /// The most points that ``point`` draws.
    public static let maximumPointCount = 20

    /// The kind of annotation that the rule makes.
    public var kind: AnnotationKind {
        switch self {
        case .mask: .mask
        case .box, .boxWhole, .boxLargest: .box
        case .scribble: .scribble
        case .point: .point
        case .none: .none
        }
    }

    /// Makes the annotation of one support.
    ///
    /// - Parameters:
    ///   - mask: the whole object.
    ///   - seed: drives scribbles and points; the same mask and seed give the same annotation.
    /// - Throws: ``DatasetError`` when the mask is empty.
    public func annotation(for mask: BinaryMask, seed: UInt64) throws(DatasetError) -> Annotation {
        guard let whole = mask.boundingBox else {
            throw DatasetError(
                file: "mask", found: "no pixel of the class", expected: "at least one pixel of the class",
                advice: "choose a support that shows the class")
        }
        switch self {
        case .mask: return .mask(mask)
        case .none: return .none
        case .boxWhole: return .boxes([whole])
        case .box: return .boxes(mask.regions().map(\.box))
        case .boxLargest:
            // The first of equals, so that the choice does not depend on the sort.
            let regions = mask.regions()
            let most = regions.map(\.pixels.count).max() ?? 0
            return .boxes(regions.filter { $0.pixels.count == most }.prefix(1).map(\.box))
        case .scribble: return .scribbles(ScribbleRobot(seed: seed).scribbles(on: mask))
        case .point: return .points(Self.points(on: mask, seed: seed))
        }
    }

    /// The seed of one support's annotation: it depends on the run's seed, the image and the class, and not on the
    /// order in which supports are met.
    public static func seed(_ seed: UInt64, image: String, classID: Int) -> UInt64 {
        SHA256.digestPrefix("\(seed) \(image) \(classID)")
    }

    private static func points(on mask: BinaryMask, seed: UInt64) -> [Point] {
        let pixels = mask.values.indices.filter { mask.values[$0] }
        var random = NumPyRandom(seed: seed)
        var chosen: Set<Int> = []
        var points: [Point] = []
        while points.count < min(maximumPointCount, pixels.count) {
            let pixel = pixels[random.interval(pixels.count - 1)]
            guard chosen.insert(pixel).inserted else { continue }
            points.append(Point(x: Double(pixel % mask.width) + 0.5, y: Double(pixel / mask.width) + 0.5))
        }
        return points
    }
}

extension SHA256 {
    /// The first 32 bits of the digest of a text.
    static func digestPrefix(_ text: String) -> UInt64 {
        var hash = SHA256()
        hash.update(Array(text.utf8))
        return hash.digest().prefix(4).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
