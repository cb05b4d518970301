/// Several lists over the same images as one dataset: what is in any of them, once.
///
/// An image is loaded through the first list that has it.
public struct UnitedDataset: FewShotDataset {
    public let name: String
    public let classes: [FewShotClass]
    public let items: [DatasetItem]
    private let parts: [any FewShotDataset]
    private let owner: [String: Int]
    private let itemOwner: [DatasetItem: Int]

    /// Unites lists whose ids and classes mean the same.
    ///
    /// - Parameters:
    ///   - name: what manifests call it.
    ///   - parts: one or more, in the order in which their items follow each other.
    public init(name: String, _ parts: [any FewShotDataset]) {
        precondition(!parts.isEmpty, "UnitedDataset: expected one list or more")
        self.name = name
        self.parts = parts
        classes = parts.flatMap(\.classes).uniqued.sorted { $0.id < $1.id }
        items = parts.flatMap(\.items).uniqued
        let places = parts.enumerated().flatMap { place, part in part.items.map { ($0, place) } }
        itemOwner = Dictionary(places, uniquingKeysWith: { first, _ in first })
        owner = Dictionary(places.map { ($0.id, $1) }, uniquingKeysWith: { first, _ in first })
    }

    private func part(of id: String) -> any FewShotDataset { parts[owner[id] ?? 0] }

    public var labelRule: String? { parts[0].labelRule }

    public func image(_ id: String) throws -> RGBImage { try part(of: id).image(id) }

    public func contentDigest(_ id: String) throws -> String { try part(of: id).contentDigest(id) }

    /// A list may leave out classes of an image: the one that names the class is asked for it.
    public func mask(of classID: Int, in image: String) throws -> ClassMask {
        let place = itemOwner[DatasetItem(id: image, classID: classID)] ?? owner[image] ?? 0
        return try parts[place].mask(of: classID, in: image)
    }

    public func labelPlace(_ image: String) -> String { part(of: image).labelPlace(image) }

    public func photoDoubt(_ id: String) throws -> PhotoDoubt? { try part(of: id).photoDoubt(id) }
}

extension FoldedDataset {
    /// The training lists of all folds as one: every class, none kept unseen.
    ///
    /// Scores on the same photos say nothing about unseen classes then; this is for a decoder that is to be used on others.
    public func trainingOfAllFolds() throws -> UnitedDataset {
        let parts = try (0..<foldCount).filter { has(.training, fold: $0) }.map { try training(fold: $0) }
        guard !parts.isEmpty else {
            throw DatasetError(
                file: name, found: "no training list", expected: "one for each fold or for some", advice: "check --lists")
        }
        return UnitedDataset(name: "\(name)/trn/all", parts)
    }
}
