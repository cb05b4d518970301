/// Some classes and items of a dataset, as a dataset.
public struct FewShotSubset: FewShotDataset {
    public let name: String
    public let classes: [FewShotClass]
    public let items: [DatasetItem]
    private let base: any FewShotDataset

    /// The items of `classes` in their order.
    ///
    /// - Parameters:
    ///   - base: where images and labels come from.
    ///   - classes: what is kept.
    ///   - part: is added to the name.
    public init(_ base: any FewShotDataset, classes: [FewShotClass], part: String) {
        self.base = base
        self.classes = classes
        name = "\(base.name)/\(part)"
        let ids = Set(classes.map(\.id))
        items = base.items.filter { ids.contains($0.classID) }
    }

    public var labelRule: String? { base.labelRule }

    public func image(_ id: String) throws -> RGBImage { try base.image(id) }

    public func contentDigest(_ id: String) throws -> String { try base.contentDigest(id) }

    public func mask(of classID: Int, in image: String) throws -> ClassMask { try base.mask(of: classID, in: image) }

    public func labelPlace(_ image: String) -> String { base.labelPlace(image) }

    public func photoDoubt(_ id: String) throws -> PhotoDoubt? { try base.photoDoubt(id) }

    public func classIDs(in image: String) throws -> Set<Int> { try base.classIDs(in: image) }

    public func classMap(of image: String) throws -> ClassMap { try base.classMap(of: image) }
}
