public import Datasets
public import Foundation
internal import TensorCore

/// Images that were made up, with their pseudo labels, in a folder: what `fss synth set` writes and novel classes are learned from.
///
/// `set.json` lists pairs of an image and a label map (a PNG of the dataset's class ids, 255 for pixels that do not count) with the
/// digests of their bytes; a file that is not what was written is refused by name.
public struct SyntheticSet: Sendable {
    /// The list's file.
    public static let fileName = "set.json"
    /// The version of the list.
    private static let version = 1

    /// One image with its labels.
    public struct Entry: Sendable, Hashable, Codable {
        /// The image's file in the folder.
        public var image: String
        /// The file of its labels in the folder.
        public var labels: String
        /// The class that it was made for.
        public var classID: Int
        /// What it was made from.
        public var prompt: String
        /// The digest of the image's bytes.
        public var imageHash: String
        /// The digest of the labels' bytes.
        public var labelHash: String
    }

    private struct List: Codable {
        var version: Int
        var images: [Entry]
    }

    /// Where it lies.
    public let folder: URL
    /// The images, in order.
    public let entries: [Entry]
    /// The digest of the list, and with it of all files.
    public let digest: String

    /// Opens a folder.
    ///
    /// - Throws: `DatasetError` for a list that is missing, damaged or empty.
    public init(contentsOf folder: URL) throws(DatasetError) {
        let file = folder.appendingPathComponent(Self.fileName)
        let expected = "the list of a synthetic set, as `fss synth set` writes it"
        let text = try TextFile.read(file, expected: expected)
        let list: List
        do {
            list = try JSONDecoder().decode(List.self, from: Data(text.utf8))
        } catch {
            let found = (error as? DecodingError)?.placeAndReason
            throw DatasetError(
                file: file.path, place: found?.key ?? "", found: found?.reason ?? "no JSON", expected: expected,
                advice: "make the set again")
        }
        guard list.version == Self.version, !list.images.isEmpty else {
            throw DatasetError(
                file: file.path, found: list.images.isEmpty ? "no image" : "version \(list.version)",
                expected: "version \(Self.version) with one image or more", advice: "make the set again")
        }
        // A name that leads out of the folder would be somebody else's file.
        let names = list.images.flatMap { [$0.image, $0.labels] }
        if let name = names.first(where: { $0.hasPrefix("/") || $0.split(separator: "/").contains("..") }) {
            throw DatasetError(
                file: file.path, found: "the path \(name)", expected: "files in the folder", advice: "make the set again")
        }
        (self.folder, entries, digest) = (folder, list.images, SHA256.hex(text))
    }

    /// Loads an image with its labels.
    ///
    /// - Throws: `ImageError` and `DatasetError` for files that cannot be read or are not what was written.
    public func sample(_ index: Int) throws -> PhotoSample {
        let entry = entries[index]
        let (image, imageHash) = try ImageFile.loadIdentified(folder.appendingPathComponent(entry.image))
        let file = folder.appendingPathComponent(entry.labels)
        let labels = try LabelMap.load(file).classMap
        for (name, found, known) in [
            (entry.image, imageHash, entry.imageHash), (entry.labels, try FileRecord(file).sha256, entry.labelHash),
        ] where found != known {
            throw DatasetError(
                file: folder.appendingPathComponent(name).path, found: "bytes that changed since the set was made",
                expected: "those of \(Self.fileName)", advice: "make the set again")
        }
        guard (labels.height, labels.width) == (image.height, image.width) else {
            throw DatasetError(
                file: file.path, found: "\(labels.width)x\(labels.height) pixels",
                expected: "those of the image, \(image.width)x\(image.height)", advice: "make the set again")
        }
        return PhotoSample(id: entry.image, image: image, labels: labels)
    }

    /// The images of several sets as one source.
    public static func examples(_ sets: [SyntheticSet], weight: Float = 1) -> GFSSExamples {
        let places = sets.indices.flatMap { number in sets[number].entries.indices.map { (set: number, entry: $0) } }
        return GFSSExamples(count: places.count, weight: weight) { index in
            try sets[places[index].set].sample(places[index].entry)
        }
    }

    /// Writes one image with its labels into a folder.
    ///
    /// - Parameters:
    ///   - name: of both files, without their endings.
    ///   - labels: the dataset's ids, at most 254; void pixels become 255.
    /// - Returns: the entry for ``write(_:to:)``.
    /// - Throws: `DatasetError` for an id that a PNG cannot hold, `ImageError` for files that cannot be written.
    public static func add(
        _ name: String, image: RGBImage, labels: ClassMap, classID: Int, prompt: String, to folder: URL
    ) throws -> Entry {
        let (imageFile, labelFile) = ("images/\(name).png", "labels/\(name).png")
        let files = [imageFile, labelFile].map { folder.appendingPathComponent($0) }
        for file in files {
            try Folder.create(file.deletingLastPathComponent())
        }
        try ImageFile.save(image, to: files[0])
        try LabelMap(indices: labels, file: files[1].path).save(to: files[1])
        return Entry(
            image: imageFile, labels: labelFile, classID: classID, prompt: prompt, imageHash: try FileRecord(files[0]).sha256,
            labelHash: try FileRecord(files[1]).sha256)
    }

    /// Writes the list, after the files that it names.
    ///
    /// - Throws: `DatasetError` where it cannot be written.
    public static func write(_ entries: [Entry], to folder: URL) throws(DatasetError) {
        try TextFile.writeJSON(List(version: version, images: entries), to: folder.appendingPathComponent(fileName))
    }
}

extension LabelMap {
    /// Class ids as a PNG holds them; void pixels become 255.
    ///
    /// - Throws: `DatasetError` for an id above 254.
    init(indices map: ClassMap, file: String) throws(DatasetError) {
        if let id = map.values.first(where: { $0 >= Int32(LabelMap.ignore) }) {
            throw DatasetError(
                file: file, found: "the class id \(id)", expected: "0...254",
                advice: "number the classes of the dataset from 1 on")
        }
        self.init(
            height: map.height, width: map.width,
            values: map.values.map { $0 == ClassMap.void ? LabelMap.ignore : UInt8($0) })
    }
}
