public import Datasets

/// What draws the outline of a region anew: SAM, a filter that follows edges, DiffUp, or anything of another package.
public protocol BoundaryRefiner: Sendable {
    /// What it is, with all that decides its answers: part of manifests and of the keys of stored results.
    var identity: String { get }

    /// The object of every region as the refiner sees it.
    ///
    /// - Parameters:
    ///   - regions: of one photo, with their tight boxes.
    ///   - photo: the photo.
    /// - Returns: one answer a region, in order, of the photo's size.
    func refine(_ regions: [PromptedRegion], in photo: RGBImage) throws -> [RefinedRegion]
}

/// A region as a refiner is asked about it.
public struct PromptedRegion: Sendable {
    /// The class that it is said to show.
    public var classID: Int
    /// The tight box around it.
    public var box: Box
    /// Its pixels.
    public var mask: BinaryMask

    /// Describes a region.
    public init(classID: Int, box: Box, mask: BinaryMask) { (self.classID, self.box, self.mask) = (classID, box, mask) }
}

/// A refiner's answer.
public struct RefinedRegion: Sendable {
    /// The pixels of the object.
    public var mask: BinaryMask
    /// How sure the refiner is, 0...1; of two regions that want a pixel the surer takes it.
    public var score: Float

    /// An answer.
    public init(mask: BinaryMask, score: Float) { (self.mask, self.score) = (mask, score) }
}
