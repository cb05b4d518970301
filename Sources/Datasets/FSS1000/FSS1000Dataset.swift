public import Foundation
internal import TensorCore

/// Some classes of FSS-1000: ids of images are `class/1`, and each shows the class of its folder.
public struct FSS1000Dataset: FewShotDataset {
    /// The folder of the class folders.
    public let root: URL
    public let name: String
    public let classes: [FewShotClass]
    public let items: [DatasetItem]
    public let listHash: String
    /// Brightness from which on a pixel is the object.
    public let threshold: UInt8
    private let classByFolder: [String: Int]

    /// Lists the images of the classes.
    ///
    /// - Throws: ``DatasetError`` for a class without a folder or without photos.
    init(
        root: URL, name: String, folders: [String], firstID: Int, threshold: UInt8, listHash: String?
    ) throws(DatasetError) {
        self.root = root
        self.name = threshold == 128 ? name : "\(name) (masks from \(threshold))"
        self.threshold = threshold
        classes = folders.enumerated().map { FewShotClass(id: firstID + $0, name: $1.replacing("_", with: " ")) }
        classByFolder = Dictionary(uniqueKeysWithValues: folders.enumerated().map { ($1, firstID + $0) })
        var items: [DatasetItem] = []
        for (index, folder) in folders.enumerated() {
            let ids = try Self.ids(root.appendingPathComponent(folder))
            items += ids.map { DatasetItem(id: "\(folder)/\($0)", classID: firstID + index) }
        }
        self.items = items
        self.listHash = listHash ?? DatasetItem.hash(of: items)
    }

    /// Stems of photos, numbers in their order before other names.
    private static func ids(_ folder: URL) throws(DatasetError) -> [String] {
        let expected = "a class folder with 1.jpg, 1.png and so on"
        let names: [String]
        do throws(FileFailure) {
            names = try FolderListing.entries(folder).map(\.name)
        } catch {
            throw DatasetError(file: folder.path, found: error.found, expected: expected, advice: "unpack FSS-1000 again")
        }
        let photos = names.filter { PhotoRule.isPhoto($0) && PhotoRule.ending($0) != "png" }
        guard !photos.isEmpty else {
            throw DatasetError(file: folder.path, found: "no photo", expected: expected, advice: "unpack FSS-1000 again")
        }
        return photos.map { PhotoRule.stem($0) }.sorted {
            switch (Int($0), Int($1)) {
            case (let first?, let second?): first < second
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): $0 < $1
            }
        }
    }

    public var labelRule: String? { "brightness of at least \(threshold) is the object" }

    private func photo(_ id: String) -> URL {
        let names = PhotoRule.candidates(id).filter { PhotoRule.ending($0) != "png" }
        let urls = names.map { root.appendingPathComponent($0) }
        return urls.first { FileBytes.exists($0) } ?? root.appendingPathComponent("\(id).jpg")
    }

    private func maskURL(_ id: String) -> URL {
        let small = root.appendingPathComponent("\(id).png")
        let large = root.appendingPathComponent("\(id).PNG")
        return !FileBytes.exists(small) && FileBytes.exists(large) ? large : small
    }

    public func image(_ id: String) throws -> RGBImage { try ImageFile.load(photo(id)) }

    public func mask(of classID: Int, in image: String) throws -> ClassMask {
        let mask = try object(image)
        guard classByFolder[folder(image)] == classID else {
            return ClassMask(
                object: BinaryMask(
                    height: mask.height, width: mask.width, values: [Bool](repeating: false, count: mask.values.count)))
        }
        return ClassMask(object: mask)
    }

    private func object(_ id: String) throws -> BinaryMask {
        try MaskReading.load(maskURL(id), rule: .threshold(threshold), photo: try ImageFile.header(photo(id))).mask
    }

    private func folder(_ id: String) -> String { id.split(separator: "/").first.map(String.init) ?? id }

    public func classIDs(in image: String) throws -> Set<Int> {
        guard let classID = classByFolder[folder(image)], try object(image).values.contains(true) else { return [] }
        return [classID]
    }

    public func labelPlace(_ image: String) -> String { maskURL(image).path }

    public func contentDigest(_ id: String) throws -> String {
        var hash = SHA256()
        for url in [photo(id), maskURL(id)] {
            let bytes = try ImageFile.bytes(of: url)
            hash.update(Array("\(bytes.count):".utf8))
            hash.update(bytes)
        }
        hash.update(Array("\(threshold)".utf8))
        return hash.hexDigest()
    }
}
