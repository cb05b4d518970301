internal import TensorCore

/// A class of a few-shot dataset.
public struct FewShotClass: Sendable, Hashable, Codable {
    /// The number of the class in its dataset, from 1 upward; any size that fits into 31 bits.
    public var id: Int
    /// The name, in the singular and in plain words ("potted plant"), fit for a text prompt.
    public var name: String

    /// Names a class.
    public init(id: Int, name: String) {
        self.id = id
        self.name = name
    }
}

/// An image of a dataset together with one of the classes in it: what lists consist of.
public struct DatasetItem: Sendable, Hashable, Codable {
    /// The id of the image, unique in its dataset ("2007_000033").
    public var id: String
    /// The class that is to be segmented.
    public var classID: Int

    /// Pairs an image with a class.
    public init(id: String, classID: Int) {
        self.id = id
        self.classID = classID
    }
}

/// A source of annotated images from which episodes are drawn.
///
/// Images and masks are loaded when they are asked for, so a conforming type holds ids only. Labels are asked for class by class:
/// ids may be of any size, and masks of two classes may overlap. ``ByteLabelledDataset`` is for those that store one byte a pixel.
public protocol FewShotDataset: Sendable {
    /// A short name for manifests ("pascal-mini/val/fold0").
    var name: String { get }
    /// The classes, in the order in which tables print them.
    var classes: [FewShotClass] { get }
    /// All (image, class) pairs in their fixed order; the order is part of the protocol, samplers walk through it.
    var items: [DatasetItem] { get }
    /// The digest of the list, ``DatasetItem/hash(of:)`` unless the list came from a file.
    var listHash: String { get }
    /// How masks follow from what the dataset stores, where that can be done in several ways; nil, the default, where it cannot.
    var labelRule: String? { get }

    /// Loads an image.
    func image(_ id: String) throws -> RGBImage
    /// Where a class is in an image; empty where it is not.
    ///
    /// - Returns: masks of the size of the image.
    func mask(of classID: Int, in image: String) throws -> ClassMask
    /// The classes that an image shows, also such as are none of ``classes``. By default every one of ``classes`` is looked for.
    func classIDs(in image: String) throws -> Set<Int>
    /// Where an image's labels are, for error messages: a path, or "labels of" the image, which is the default.
    func labelPlace(_ image: String) -> String
    /// One class a pixel. By default the masks of ``classes`` are laid over each other, later classes covering earlier ones.
    func classMap(of image: String) throws -> ClassMap
    /// The digest of an image with its labels: equal digests mean equal pixels and masks, whatever the id. Stores of what was
    /// computed from them find it by this; a dataset answers it without decoding where it can.
    func contentDigest(_ id: String) throws -> String
    /// Whether labels may have been drawn on the stored pixels of a photo that is turned before it is shown; nil, the default, where
    /// that is out of the question.
    func photoDoubt(_ id: String) throws -> PhotoDoubt?
}

/// Why labels may lie on the stored pixels of a photo rather than on the upright ones.
public enum PhotoDoubt: Sendable, Hashable {
    /// Labels have the sides of the stored pixels, which are not those of the upright photo.
    case storedPixels(ImageOrientation)
    /// The sides are the same either way.
    case sidesCannotTell(ImageOrientation)

    /// What to do about it.
    var advice: String {
        switch self {
        case .storedPixels(let tag):
            "the labels were drawn on its stored pixels, and the photo has the orientation tag \(tag.rawValue) (EXIF): remove the tag "
                + "from the photo, or turn the labels"
        case .sidesCannotTell(let tag):
            "check that the labels follow the photo's orientation tag \(tag.rawValue) (EXIF)"
        }
    }
}

extension FewShotDataset {
    public var labelRule: String? { nil }

    public func labelPlace(_ image: String) -> String { "labels of \(image)" }

    public func photoDoubt(_ id: String) throws -> PhotoDoubt? { nil }

    public func classIDs(in image: String) throws -> Set<Int> {
        Set(try classes.map(\.id).filter { try mask(of: $0, in: image).object.values.contains(true) })
    }

    public func classMap(of image: String) throws -> ClassMap {
        let masks = try classes.map { (classID: $0.id, mask: try mask(of: $0.id, in: image)) }
        let size = try masks.first.map { ($0.mask.height, $0.mask.width) } ?? sides(of: image)
        for item in masks where item.mask.height != size.0 || item.mask.width != size.1 || Int32(exactly: item.classID) == nil {
            throw DatasetError(
                file: labelPlace(image), found: "class \(item.classID) with a mask of \(item.mask.width)x\(item.mask.height)",
                expected: "an id of 31 bits and masks of \(size.1)x\(size.0)", advice: "correct the dataset")
        }
        return ClassMap(height: size.0, width: size.1, painting: masks)
    }

    private func sides(of id: String) throws -> (Int, Int) {
        let image = try image(id)
        return (image.height, image.width)
    }

    /// The digest of ``items``.
    public var listHash: String { DatasetItem.hash(of: items) }

    /// The digest of the content of all ``items``, in whatever place they lie.
    public func contentHash() throws -> String { try DatasetItem.contentHash(of: items) { try contentDigest($0) } }

    /// The digest of the decoded pixels and of the mask of every class.
    public func contentDigest(_ id: String) throws -> String {
        let image = try image(id)
        var hash = SHA256()
        hash.update(Array("\(image.height)x\(image.width):".utf8))
        hash.update(image.pixels)
        for classID in try classIDs(in: id).sorted() {
            let mask = try mask(of: classID, in: id)
            hash.update(Array("\(classID) \(mask.height)x\(mask.width):".utf8))
            for part in [mask.object, mask.void] { hash.update(part?.values.map { $0 ? UInt8(1) : 0 } ?? []) }
        }
        return hash.hexDigest()
    }

    /// The ids of the images of one class, in list order.
    public func ids(ofClass classID: Int) -> [String] {
        items.filter { $0.classID == classID }.map(\.id)
    }

    /// The name of a class, or "class 7" when the dataset does not name it.
    public func className(_ classID: Int) -> String {
        classes.first { $0.id == classID }?.name ?? "class \(classID)"
    }
}

extension DatasetItem {
    /// The SHA-256 digest of lines `id class`, joined by line feeds.
    public static func hash(of items: [DatasetItem]) -> String {
        SHA256.hex(items.map { "\($0.id) \($0.classID)" }.joined(separator: "\n"))
    }

    /// The digest of what lies behind items, each image once, in the order of ids.
    ///
    /// - Parameter digest: an image's content, see ``FewShotDataset/contentDigest(_:)``.
    public static func contentHash(of items: [DatasetItem], digest: (String) throws -> String) rethrows -> String {
        var hash = SHA256()
        for id in Set(items.map(\.id)).sorted() { hash.update(Array(try digest(id).utf8)) }
        return hash.hexDigest()
    }
}
