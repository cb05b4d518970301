internal import TensorCore

/// Photos of COCO with a list: a dataset to draw episodes from.
public struct COCODataset: FewShotDataset {
    public let name: String
    public let classes: [FewShotClass]
    public let items: [DatasetItem]
    public let listHash: String
    private let photos: COCOPhotos
    private let labels: any COCOLabels

    /// Joins photos, labels and a list, and checks that all images of the list are there.
    ///
    /// - Throws: ``DatasetError`` for missing files.
    init(
        name: String, classes: [FewShotClass], list: ItemList, photos: COCOPhotos, labels: any COCOLabels
    ) throws(DatasetError) {
        try photos.check(list.items.lazy.map(\.id))
        let missing = Set(list.items.map(\.id)).filter { !labels.has($0) }
        if let first = missing.min() {
            throw DatasetError(
                file: labels.place(first), found: "no labels of \(first) (\(missing.count) missing in all)",
                expected: "labels for every image of the list", advice: "check that labels and list are of the same release")
        }
        self.name = name
        self.classes = classes
        self.photos = photos
        self.labels = labels
        items = list.items
        listHash = list.hash
    }

    public var labelRule: String? { labels.rule }

    public func image(_ id: String) throws -> RGBImage { try photos.image(id) }

    public func mask(of classID: Int, in image: String) throws -> ClassMask { try labels.mask(of: classID, in: image) }

    public func classIDs(in image: String) throws -> Set<Int> { try labels.classIDs(in: image) }

    public func classMap(of image: String) throws -> ClassMap { try labels.classMap(of: image) }

    public func labelPlace(_ image: String) -> String { labels.place(image) }

    /// The digest of the photo's file and of all that its masks follow from.
    public func contentDigest(_ id: String) throws -> String {
        let bytes = try photos.bytes(id)
        var hash = SHA256()
        hash.update(Array("\(bytes.count):".utf8))
        hash.update(bytes)
        try labels.digest(id, into: &hash)
        return hash.hexDigest()
    }
}
