public import Foundation
internal import TensorCore

/// A folder in the layout of PASCAL VOC: photos in `JPEGImages`, palette PNGs in `SegmentationClass`.
public struct VOCFolder: Sendable {
    /// The folder that holds both.
    public let root: URL
    /// The name of the folder of photos.
    public let imageFolder: String
    /// The name of the folder of label maps, `SegmentationClassAug` in copies with the SBD masks.
    public let labelFolder: String
    /// What the colours of label maps mean that are RGB pictures: `labelmap.txt` of the folder; nil without one.
    public let colors: LabelColors?

    /// Opens a folder.
    ///
    /// - Throws: ``DatasetError`` when one of the two folders is missing, and for a `labelmap.txt` that cannot be read.
    public init(
        root: URL, imageFolder: String = "JPEGImages", labelFolder: String = "SegmentationClass"
    ) throws(DatasetError) {
        self.root = root
        self.imageFolder = imageFolder
        self.labelFolder = labelFolder
        for name in [imageFolder, labelFolder] {
            var isFolder: ObjCBool = false
            let path = root.appendingPathComponent(name).path
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                throw DatasetError(
                    file: root.path, found: "no folder \"\(name)\"",
                    expected: "a VOC folder with \(imageFolder) and \(labelFolder)",
                    advice: "give the folder that contains both")
            }
        }
        colors = try LabelColors(of: root)
    }

    /// Where the photo of an id is: `.jpg`, or `.png` when only that exists.
    public func imageURL(_ id: String) -> URL {
        let folder = root.appendingPathComponent(imageFolder)
        let png = folder.appendingPathComponent(id + ".png")
        let jpeg = folder.appendingPathComponent(id + ".jpg")
        let hasJPEG = FileManager.default.fileExists(atPath: jpeg.path)
        return !hasJPEG && FileManager.default.fileExists(atPath: png.path) ? png : jpeg
    }

    /// Where the label map of an id is.
    public func labelURL(_ id: String) -> URL {
        root.appendingPathComponent(labelFolder).appendingPathComponent(id + ".png")
    }

    /// Loads a photo.
    public func image(_ id: String) throws(ImageError) -> RGBImage { try ImageFile.load(imageURL(id)) }

    /// Loads a label map; one that is an RGB picture is read through ``colors``.
    ///
    /// - Throws: ``ImageError``; ``DatasetError`` for a colour that stands for no class.
    public func labels(_ id: String) throws -> LabelMap {
        let url = labelURL(id)
        do throws(ImageError) {
            return try LabelMap.load(url)
        } catch {
            guard error.kind == .unsupported, ImageFormat(try ImageFile.bytes(of: url)) == .png else { throw error }
            guard let colors else {
                var advised = error
                advised.advice =
                    "add \(LabelColors.url(root).path) with a line \"name:red,green,blue::\" a class, or save palette PNGs"
                throw advised
            }
            return try colors.labels(try ImageFile.load(url), file: url.path)
        }
    }

    /// The digest of the files of a photo and its labels.
    public func contentDigest(_ id: String) throws(ImageError) -> String {
        let files = [try ImageFile.bytes(of: imageURL(id)), try ImageFile.bytes(of: labelURL(id))]
        var hash = SHA256()
        for bytes in files {
            hash.update(Array("\(bytes.count):".utf8))
            hash.update(bytes)
        }
        return hash.hexDigest()
    }

    /// Checks that photo and label map of every id exist, without decoding them.
    ///
    /// - Throws: ``DatasetError`` with the first missing file and the number of all.
    public func check(_ ids: some Sequence<String>) throws(DatasetError) {
        var missing: [String] = []
        for id in Set(ids).sorted() {
            for url in [imageURL(id), labelURL(id)] where !FileManager.default.fileExists(atPath: url.path) {
                missing.append(url.path)
            }
        }
        guard let first = missing.first else { return }
        throw DatasetError(
            file: first, found: "no such file (\(missing.count) missing in all)",
            expected: "a photo and a label map for every id of the list",
            advice: "complete the dataset or use a list that fits it")
    }
}

/// A VOC folder together with a list: a dataset to draw episodes from.
public struct VOCDataset: ByteLabelledDataset {
    /// The folder.
    public let folder: VOCFolder
    /// The list.
    public let list: ItemList
    /// The name for manifests.
    public let name: String
    /// The classes of the list.
    public let classes: [FewShotClass]

    /// The pairs of the list.
    public var items: [DatasetItem] { list.items }
    /// The digest of the list file.
    public var listHash: String { list.hash }

    /// Combines a folder with a list and checks that every file of the list exists.
    ///
    /// - Parameters:
    ///   - folder: the photos and label maps.
    ///   - list: the pairs of image and class.
    ///   - classes: the classes that may occur, in the order in which tables print them.
    ///   - name: stands in manifests; the path of the list when empty.
    /// - Throws: ``DatasetError`` for missing files.
    public init(
        folder: VOCFolder, list: ItemList, classes: [FewShotClass], name: String = ""
    ) throws(DatasetError) {
        try folder.check(list.items.map(\.id))
        self.folder = folder
        self.list = list
        self.classes = classes
        self.name = name.isEmpty ? list.file : name
    }

    /// Loads a photo.
    public func image(_ id: String) throws -> RGBImage { try folder.image(id) }

    /// The path of a label map.
    public func labelPlace(_ image: String) -> String { folder.labelURL(image).path }

    /// Loads a label map.
    public func labels(_ id: String) throws -> LabelMap { try folder.labels(id) }

    /// The digest of the files.
    public func contentDigest(_ id: String) throws -> String { try folder.contentDigest(id) }
}
