public import Datasets
public import TensorCore

/// The boundary refinement of pseudo labels (Syn4Seg, SABR): a refiner looks at the tight box of every region, and its answer counts
/// only in a band along the outlines and where a pixel has no label. What lies further inside never changes.
///
/// The paper names SAM and says that results hardly depend on these values; the defaults are those of the project's notes.
public struct BoundaryRefinement: Hashable, VersionedConfiguration {
    public static let version = 1

    /// What becomes of a pixel of the band that the refiner takes from its region and gives to no other.
    public enum Rejected: String, Sendable, Hashable, Codable {
        /// It is background.
        case background
        /// It has no label.
        case free
    }

    /// The width of the band on either side of an outline in pixels, for photos whose longer side is ``referenceSide``.
    public var bandWidth: Float = 5
    /// The longer side of photos that ``bandWidth`` is meant for; other photos have it in proportion, at least one pixel.
    public var referenceSide = 473
    /// The least IoU of a refiner's answer with its region; an answer below it is not used.
    public var minimumAgreement: Float = 0.5
    /// The least pixels of a region that is looked at.
    public var minimumArea = 16
    /// What becomes of rejected pixels.
    public var rejected = Rejected.background

    public static let ranges: ConfigurationRanges = [
        "bandWidth": .real(0...1000), "referenceSide": .whole(1...65536), "minimumAgreement": .real(0...1),
        "minimumArea": .whole(1...1_000_000_000),
    ]

    /// The defaults.
    public init() {}

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    /// Refined labels.
    public struct Result: Sendable {
        /// The labels.
        public var labels: ClassMap
        /// Regions that were looked at.
        public var regions: Int
        /// Regions whose answer was used.
        public var accepted: Int
        /// Pixels whose label changed.
        public var changed: Int
    }

    /// The width of the band for photos of a size.
    public func band(height: Int, width: Int) -> Int {
        let scale = Float(max(height, width)) / Float(referenceSide)
        return max(1, Int((bandWidth * scale).rounded()))
    }

    /// Refines the labels of a photo.
    ///
    /// - Parameters:
    ///   - labels: of the photo's size; void pixels have no label.
    ///   - photo: the photo.
    ///   - refiner: draws outlines.
    ///   - classes: the classes whose regions are looked at; nil for all but background.
    /// - Throws: what the refiner throws; ``PseudoLabelError`` for an answer of another size or number.
    public func callAsFunction(
        _ labels: ClassMap, in photo: RGBImage, by refiner: any BoundaryRefiner, classes: Set<Int>? = nil
    ) throws -> Result {
        let found = ClassRegions(labels, of: classes)
        let regions = found.regions.indices.filter { found.regions[$0].area >= minimumArea }
        let prompts = regions.map { number in
            PromptedRegion(
                classID: found.regions[number].classID, box: found.regions[number].box,
                mask: found.mask(number, height: labels.height, width: labels.width))
        }
        guard !prompts.isEmpty else { return Result(labels: labels, regions: 0, accepted: 0, changed: 0) }
        let answers = try refiner.refine(prompts, in: photo)
        try check(answers, prompts, labels, refiner)
        let updatable = BoundaryBand.updatable(labels, width: band(height: labels.height, width: labels.width))
        let used = zip(prompts, answers).filter { agreement($0, $1.mask) >= minimumAgreement }
        let refined = applied(used, to: labels, where: updatable)
        let changed = labels.values.indices.filter { refined.values[$0] != labels.values[$0] }
        precondition(changed.allSatisfy { updatable[$0] }, "BoundaryRefinement: a pixel outside of the band changed")
        return Result(labels: refined, regions: prompts.count, accepted: used.count, changed: changed.count)
    }

    /// Writes the answers into the band: of those that want a pixel the surest, of equals the first.
    private func applied(
        _ used: [(PromptedRegion, RefinedRegion)], to labels: ClassMap, where updatable: [Bool]
    ) -> ClassMap {
        var result = labels
        let order = used.indices.sorted { (-used[$0].1.score, $0) < (-used[$1].1.score, $1) }
        var isTaken = [Bool](repeating: false, count: labels.values.count)
        let pixels = labels.values.indices.filter { updatable[$0] }
        for place in order {
            let (region, answer) = used[place]
            for pixel in pixels where answer.mask.values[pixel] && !isTaken[pixel] {
                isTaken[pixel] = true
                result.values[pixel] = Int32(region.classID)
            }
        }
        let other = rejected == .background ? ClassMap.background : ClassMap.void
        for (region, _) in used {
            for pixel in pixels where region.mask.values[pixel] && !isTaken[pixel] { result.values[pixel] = other }
        }
        return result
    }

    /// The IoU of a region and an answer.
    private func agreement(_ region: PromptedRegion, _ answer: BinaryMask) -> Float {
        let (mask, box) = (region.mask, region.box)
        var both = 0
        for y in box.y0..<box.y1 {
            for pixel in (y * mask.width + box.x0)..<(y * mask.width + box.x1) where mask.values[pixel] && answer.values[pixel] {
                both += 1
            }
        }
        let either = mask.area + answer.area - both
        return either == 0 ? 0 : Float(both) / Float(either)
    }

    private func check(
        _ answers: [RefinedRegion], _ prompts: [PromptedRegion], _ labels: ClassMap, _ refiner: any BoundaryRefiner
    ) throws(PseudoLabelError) {
        guard answers.count == prompts.count else {
            throw .refiner(
                refiner.identity, found: "\(answers.count) answers", expected: "one for each of \(prompts.count) regions")
        }
        for answer in answers where (answer.mask.height, answer.mask.width) != (labels.height, labels.width) {
            throw .refiner(
                refiner.identity, found: "a mask of \(answer.mask.width)x\(answer.mask.height)",
                expected: "the photo's size, \(labels.width)x\(labels.height)")
        }
    }
}
