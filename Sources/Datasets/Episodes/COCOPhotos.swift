public import Foundation

/// The photos of COCO as they were downloaded, 2014 or 2017, by the number of the image.
///
/// An image has one number whatever its release, so that lists of 2014 find the photos of 2017 and the other way round.
public struct COCOPhotos: Sendable {
    /// The folder of `train2014`, `val2014`, `train2017`, `val2017`, `train_val_2017`, or of `images` with these.
    public let root: URL
    private let folders: [(path: String, release: String?)]

    private static let names = [
        "val2014", "train2014", "val2017", "train2017", "train_val_2017", "train_val_2014", "trainval2014", "trainval2017",
    ]

    /// Looks which folders are there.
    ///
    /// - Throws: ``DatasetError`` when none is.
    public init(root: URL) throws(DatasetError) {
        self.root = root
        var folders: [(path: String, release: String?)] = []
        for path in Self.names.flatMap({ [$0, "images/\($0)"] }) {
            guard FileBytes.exists(root.appendingPathComponent(path)) else { continue }
            let name = String(path.split(separator: "/").last ?? "")
            folders.append((path, name.hasSuffix("2014") ? name : nil))
        }
        guard !folders.isEmpty else {
            throw DatasetError(
                file: root.path, found: "none of the folders of COCO's photos",
                expected: "val2014, train2014, val2017, train2017 or train_val_2017, in the folder or in its images",
                advice: "unpack COCO's photos there, or give the folder that holds them")
        }
        self.folders = folders
    }

    /// The number of an image by its id or file name: the digits at the end of `val2014/COCO_val2014_000000507081.jpg`.
    public static func number(_ id: String) -> Int? {
        let name = id.split(separator: "/").last ?? ""
        let stem = name.prefix { $0 != "." }
        let digits = stem.reversed().prefix { $0.isASCII && $0.isNumber }
        return digits.isEmpty || digits.count > 15 ? nil : Int(String(digits.reversed()))
    }

    /// The file of an image; nil where no folder has it.
    public func file(_ id: String) -> URL? {
        let own = id.split(separator: "/").first ?? ""
        for (path, _) in folders where path == own || path == "images/\(own)" {
            let url = root.appendingPathComponent(path + id.dropFirst(own.count))
            if FileBytes.exists(url) { return url }
        }
        guard let number = Self.number(id) else { return nil }
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        for (path, release) in folders {
            let releases = release.map { [$0] } ?? ["val2014", "train2014"]
            for name in ["\(padded).jpg"] + releases.map({ "COCO_\($0)_\(padded).jpg" }) {
                let url = root.appendingPathComponent("\(path)/\(name)")
                if FileBytes.exists(url) { return url }
            }
        }
        return nil
    }

    /// Checks that the photo of every id is there, without decoding it.
    ///
    /// - Throws: ``DatasetError`` with the first one that is missing and the number of all.
    public func check(_ ids: some Sequence<String>) throws(DatasetError) {
        let missing = Set(ids).filter { file($0) == nil }
        guard let first = missing.min() else { return }
        throw DatasetError(
            file: root.appendingPathComponent(first).path, found: "no such file (\(missing.count) missing in all)",
            expected: "a photo for every id of the list, in \(folders.map(\.path).joined(separator: ", "))",
            advice: "complete the download or use a list that fits it")
    }

    /// Loads a photo.
    ///
    /// - Throws: ``DatasetError`` for one that is not there, ``ImageError`` for one that cannot be read.
    public func image(_ id: String) throws -> RGBImage { try ImageFile.load(try found(id)) }

    /// The bytes of a photo's file.
    func bytes(_ id: String) throws -> [UInt8] { try ImageFile.bytes(of: try found(id)) }

    private func found(_ id: String) throws(DatasetError) -> URL {
        guard let url = file(id) else {
            try check([id])
            throw DatasetError(file: id, found: "no such photo", expected: "a photo", advice: "complete the download")
        }
        return url
    }
}
