internal import TensorCore

/// A class of a few-shot dataset.
public struct FewShotClass: Sendable, Hashable, Codable {
    /// The value of the class in label maps, from 1 upward.
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
/// Images and labels are loaded when they are asked for, so a conforming type holds ids only.
public protocol FewShotDataset: Sendable {
    /// A short name for manifests ("pascal-mini/val/fold0").
    var name: String { get }
    /// The classes, in the order in which tables print them.
    var classes: [FewShotClass] { get }
    /// All (image, class) pairs in their fixed order; the order is part of the protocol, samplers walk through it.
    var items: [DatasetItem] { get }
    /// The digest of the list, ``DatasetItem/hash(of:)`` unless the list came from a file.
    var listHash: String { get }

    /// Loads an image.
    func image(_ id: String) throws -> RGBImage
    /// Loads the label map of an image, of the size of the image; 0 is background, ``LabelMap/ignore`` is void.
    func labels(_ id: String) throws -> LabelMap
}

extension FewShotDataset {
    /// The digest of ``items``.
    public var listHash: String { DatasetItem.hash(of: items) }

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
}
