/// How the lists of PASCAL follow from its masks; every choice changes numbers and stands in names and manifests.
public struct PascalListRule: Sendable, Hashable, Codable {
    /// Which images of base classes a model may see that also show novel ones.
    public enum NovelImages: String, Sendable, Hashable, Codable, CaseIterable {
        /// All; novel objects are background in them (HSNet, PFENet).
        case keep
        /// None (BAM).
        case drop
    }

    /// The training images: PFENet's and BAM's list of 5953.
    public static let merge = "merge"
    /// The training images: the community's list of 10582.
    public static let trainaug = "trainaug"
    /// The lists that training images may be taken from.
    public static let trainingSets = [merge, trainaug, "train"]

    /// The list of training images.
    public var trainingSet = merge
    /// Pixels that a class needs in an image: 2 · 32² in PFENet and BAM.
    public var minimumPixels = 2048
    /// Which training images are kept.
    public var novelImages = NovelImages.drop

    /// The rule of BAM.
    public init() {}

    /// The rule in words.
    public var text: String {
        "\(trainingSet), at least \(minimumPixels) px" + (novelImages == .drop ? ", no novel class in training" : "")
    }
}
