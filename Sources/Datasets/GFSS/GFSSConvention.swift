/// How generalized few-shot segmentation is set up and scored; there are three ways in the field, and their numbers do not compare.
public struct GFSSConvention: Sendable, Hashable, Codable {
    /// What becomes of novel objects in the images that base classes are learned from.
    public enum NovelPixels: String, Sendable, Hashable, Codable, CaseIterable {
        /// Images that show one are left out.
        case dropImage = "drop-image"
        /// They are background.
        case background
        /// They do not count.
        case void
    }

    /// Where supports are taken from.
    public enum SupportSource: String, Sendable, Hashable, Codable, CaseIterable {
        /// Training images.
        case training
        /// Test images, which are no queries then.
        case validation
    }

    /// The name.
    public var id: String
    /// Changes with every change of what it stands for: from 2 on it has a canvas and a place of comparison of its own.
    public var version = 2
    /// The list of training images of PASCAL.
    public var trainingSet: String
    /// What becomes of novel objects in base training.
    public var novelPixels: NovelPixels
    /// Where supports are taken from.
    public var supportSource: SupportSource
    /// Pixels that the novel class needs in a support: 16 · 32².
    public var minimumSupportPixels = 16384
    /// Whether the background is one of the classes that the base score averages.
    public var baseIncludesBackground: Bool
    /// The same as a rule of means.
    public var background: BackgroundRule { baseIncludesBackground ? .included : .excluded }
    /// How photos lie on the square on which a network sees them whole, unless its settings say otherwise.
    public var canvas: PhotoCanvas
    /// Where predictions are compared, unless a scoring says otherwise.
    public var space: IoUSpace
    /// What a run repeats with.
    public var seeds: [UInt64]
    /// The name of the score that its papers put first.
    public var headline: String

    /// What version 1 had for all conventions; POP's.
    private static let firstCanvas = PhotoCanvas(side: 473)

    /// Describes a convention.
    ///
    /// - Parameters:
    ///   - canvas: POP's by default.
    ///   - space: the photo's own pixels by default.
    public init(
        id: String, trainingSet: String, novelPixels: NovelPixels, supportSource: SupportSource, baseIncludesBackground: Bool,
        canvas: PhotoCanvas = PhotoCanvas(side: 473), space: IoUSpace = .original, seeds: [UInt64], headline: String
    ) {
        (self.id, self.trainingSet, self.novelPixels) = (id, trainingSet, novelPixels)
        (self.supportSource, self.baseIncludesBackground) = (supportSource, baseIncludesBackground)
        (self.canvas, self.space) = (canvas, space)
        (self.seeds, self.headline) = (seeds, headline)
    }

    /// CAPL (`dvlab-research/GFS-Seg`). Its code stretches the scores of the whole canvas over a square of the photo's longer
    /// side, where the cut to multiples of 8 moves them by up to 7 pixels of the canvas; here they come back to where the photo
    /// was.
    public static let capl = GFSSConvention(
        id: "capl", trainingSet: PascalListRule.trainaug, novelPixels: .dropImage, supportSource: .training,
        baseIncludesBackground: true, canvas: PhotoCanvas(side: 473, multiple: 8, padding: .black),
        seeds: [123, 321, 456, 654, 999], headline: "mean over all classes and the background")

    /// DIaM (`sinahmr/DIaM`). Its five runs go on from the one seed 2023; here each has a seed of its own. Photos and their
    /// labels are compared on the canvas that the network sees.
    public static let diam = GFSSConvention(
        id: "diam", trainingSet: PascalListRule.merge, novelPixels: .background, supportSource: .validation,
        baseIncludesBackground: false, canvas: PhotoCanvas(side: 417, multiple: 8, padding: .black), space: .canvas(417),
        seeds: [2023, 2024, 2025, 2026, 2027], headline: "mean of base and novel")

    /// POP (`lsa1997/POP`).
    public static let pop = GFSSConvention(
        id: "pop", trainingSet: PascalListRule.trainaug, novelPixels: .background, supportSource: .training,
        baseIncludesBackground: true, seeds: [123, 234, 345], headline: "mean over all classes and the background")

    /// All that have a name.
    public static let named = [capl, diam, pop]

    /// The convention of a name; nil for another word.
    public init?(named id: String) {
        guard let found = Self.named.first(where: { $0.id == id }) else { return nil }
        self = found
    }

    /// Everything that decides numbers, on one line.
    public var text: String {
        let background = baseIncludesBackground ? "with" : "without"
        let place = version > 1 ? ", by default a canvas of \(canvas), compared in \(space)" : ""
        return "\(id) version \(version): training on \(trainingSet), novel pixels \(novelPixels.rawValue), supports of "
            + "\(supportSource == .training ? "training" : "test") images with one novel class of at least \(minimumSupportPixels) px, "
            + "base \(background) background\(place)"
    }
}

extension GFSSConvention {
    /// Reads a convention; one of version 1 had POP's canvas and compared the photo's own pixels.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id), trainingSet: try values.decode(String.self, forKey: .trainingSet),
            novelPixels: try values.decode(NovelPixels.self, forKey: .novelPixels),
            supportSource: try values.decode(SupportSource.self, forKey: .supportSource),
            baseIncludesBackground: try values.decode(Bool.self, forKey: .baseIncludesBackground),
            canvas: try values.decodeIfPresent(PhotoCanvas.self, forKey: .canvas) ?? Self.firstCanvas,
            space: try values.decodeIfPresent(IoUSpace.self, forKey: .space) ?? .original,
            seeds: try values.decode([UInt64].self, forKey: .seeds), headline: try values.decode(String.self, forKey: .headline))
        version = try values.decode(Int.self, forKey: .version)
        minimumSupportPixels = try values.decode(Int.self, forKey: .minimumSupportPixels)
    }
}
