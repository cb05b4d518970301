/// How the masks of classes follow from COCO's annotations.
///
/// Repositories of the field rebuild masks in different ways and mention none: masks that are made from the JSON agree with HSNet's
/// PNGs at an IoU of 0.954 only. The rule is a part of every manifest.
public struct COCOMaskRule: Sendable, Hashable, Codable, CustomStringConvertible {
    /// What a pixel of two objects of different classes is.
    public enum Overlap: String, Sendable, Hashable, Codable, CaseIterable {
        /// Of the object that is later in the file.
        case last
        /// Of the object that is earlier in the file.
        case first
        /// Of the object whose area, as the file has it, is smaller.
        case smallest
        /// Of both: every class is looked at on its own.
        case separate
    }

    /// What regions of crowds (`iscrowd` 1) are.
    public enum Crowds: String, Sendable, Hashable, Codable, CaseIterable {
        /// Nothing (DIaM and RePRI, Label-Anything).
        case drop
        /// Objects of their class.
        case object
        /// Void for their class, where no object is.
        case void
    }

    /// Which polygons of an object count.
    public enum Parts: String, Sendable, Hashable, Codable, CaseIterable {
        /// Their union.
        case all
        /// The first one alone (`data/coco/create_masks.py` of DIaM and RePRI).
        case first
    }

    /// Rises whenever the same annotations give other masks.
    public static let version = 1

    /// Who has a pixel of two objects.
    public var overlap: Overlap
    /// What crowds are.
    public var crowds: Crowds
    /// Which polygons count.
    public var parts: Parts
    /// Annotations whose area, as the file has it, is below this number of pixels are left out (2048 in Label-Anything).
    public var minimumArea: Int

    /// A rule; by default all polygons, in the order of the file, without crowds.
    public init(overlap: Overlap = .last, crowds: Crowds = .drop, parts: Parts = .all, minimumArea: Int = 0) {
        self.overlap = overlap
        self.crowds = crowds
        self.parts = parts
        self.minimumArea = minimumArea
    }

    /// The rule in words, as it stands in manifests.
    public var description: String {
        "COCO masks \(Self.version): overlap \(overlap.rawValue), crowds \(crowds.rawValue), polygons \(parts.rawValue), "
            + "annotations of at least \(minimumArea) px"
    }
}
