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
    /// Changes with every change of what it stands for.
    public var version = 1
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
    /// What a run repeats with.
    public var seeds: [UInt64]
    /// The name of the score that its papers put first.
    public var headline: String

    /// Describes a convention.
    public init(
        id: String, trainingSet: String, novelPixels: NovelPixels, supportSource: SupportSource, baseIncludesBackground: Bool,
        seeds: [UInt64], headline: String
    ) {
        (self.id, self.trainingSet, self.novelPixels) = (id, trainingSet, novelPixels)
        (self.supportSource, self.baseIncludesBackground) = (supportSource, baseIncludesBackground)
        (self.seeds, self.headline) = (seeds, headline)
    }

    /// CAPL (`dvlab-research/GFS-Seg`).
    public static let capl = GFSSConvention(
        id: "capl", trainingSet: PascalListRule.trainaug, novelPixels: .dropImage, supportSource: .training,
        baseIncludesBackground: true, seeds: [123, 321, 456, 654, 999], headline: "mean over all classes and the background")

    /// DIaM (`sinahmr/DIaM`). Its five runs go on from the one seed 2023; here each has a seed of its own.
    public static let diam = GFSSConvention(
        id: "diam", trainingSet: PascalListRule.merge, novelPixels: .background, supportSource: .validation,
        baseIncludesBackground: false, seeds: [2023, 2024, 2025, 2026, 2027], headline: "mean of base and novel")

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
        return "\(id) version \(version): training on \(trainingSet), novel pixels \(novelPixels.rawValue), supports of "
            + "\(supportSource == .training ? "training" : "test") images with one novel class of at least \(minimumSupportPixels) px, "
            + "base \(background) background"
    }
}
