public import TensorCore

/// All numbers of the way from first labels to refined ones, as one JSON file.
public struct PseudoLabelSettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// What becomes of pixels that were named as a novel class which the photo was not made for. The paper says nothing.
    public enum OtherNovel: String, Sendable, Hashable, Codable {
        /// They keep their class, and may be filtered.
        case kept
        /// They are free, and may be relabelled.
        case free
    }

    /// Pixels of other novel classes.
    public var otherNovel = OtherNovel.kept
    /// APF and APR.
    public var enhancement = PseudoLabelEnhancement()
    /// Whether outlines are refined (SABR).
    public var refines = true
    /// SABR.
    public var refinement = BoundaryRefinement()

    /// The defaults.
    public init() {}

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        ConfigurationRanges().with(PseudoLabelEnhancement.ranges, under: "enhancement")
            .with(BoundaryRefinement.ranges, under: "refinement")
    }
}
