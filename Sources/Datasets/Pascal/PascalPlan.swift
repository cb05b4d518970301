internal import Foundation
internal import TensorCore

/// Which images a build of PASCAL has, where they come from, and how each is made.
struct PascalPlan: Sendable {
    /// One image.
    struct Image: Sendable {
        var id: String
        var sets: [String]
        /// Whether the labels are VOC's.
        var isVOC: Bool
    }

    /// The lists, as the index names them.
    static let sets = ["train", "val", "trainaug", "merge"]

    let images: [Image]
    private let voc: VOCDownload
    private let sbd: SBDDownload
    private let photos: PascalBuild.Photos

    /// Reads the lists of the downloads.
    ///
    /// - Throws: ``DatasetError`` for downloads that are not there, and lists that cannot be read.
    init(_ build: PascalBuild) throws(DatasetError) {
        voc = try VOCDownload(build.voc)
        sbd = try SBDDownload(build.sbd)
        photos = build.photos
        let (train, val) = (Set(try voc.ids("train")), Set(try voc.ids("val")))
        let (sbdTrain, sbdVal) = (try sbd.listed("train"), try sbd.listed("val"))
        var more = Set((sbdTrain ?? []) + (sbdVal ?? []))
        if sbdTrain == nil { more = Set(try sbd.all()) }
        let trainaug = more.union(train).subtracting(val)
        let merge = sbdTrain.map { Set($0).union(train).subtracting(val) } ?? trainaug
        guard train.isDisjoint(with: val) else {
            throw DatasetError(
                file: voc.root.path, found: "images in train.txt and val.txt", expected: "lists without a common image",
                advice: "take the lists as they were published")
        }
        let lists = [("train", train), ("val", val), ("trainaug", trainaug), ("merge", merge)]
        let voc = voc
        images = trainaug.union(val).sorted().map { id in
            let sets = lists.filter { $0.1.contains(id) }.map(\.0)
            // Images of VOC's lists have VOC's labels; a missing file is a fault, not a reason to take SBD's.
            let isVOC = train.contains(id) || val.contains(id) || FileBytes.exists(voc.labels(id))
            return Image(id: id, sets: sets, isVOC: isVOC)
        }
    }

    /// Makes the files of an image, those that an earlier run made excepted.
    ///
    /// - Returns: a failure where photo or labels cannot be used.
    /// - Throws: ``DatasetError`` and ``ImageError`` where the folder cannot be written to.
    func build(_ image: Image, in folder: URL) throws -> Result<PascalIndex.Row, DatasetError> {
        let target = folder.appendingPathComponent("SegmentationClass/\(image.id).png")
        let made: (photo: URL, labels: LabelMap, bytes: [UInt8])
        do {
            made = try content(image, madeBefore: target)
        } catch let error as DatasetError {
            return .failure(error)
        } catch {
            return .failure(
                DatasetError(
                    file: (image.isVOC ? voc.labels(image.id) : sbd.url(image.id)).path,
                    found: "an image that cannot be used (\(error))",
                    expected: "a photo with labels of its size", advice: "download or unpack it again"))
        }
        if !FileBytes.exists(target) { try ImageFile.write(made.bytes, to: target) }
        try place(made.photo, at: folder.appendingPathComponent("JPEGImages/\(image.id).jpg"))
        var counts = [Int](repeating: 0, count: 256)
        for value in made.labels.values { counts[Int(value)] += 1 }
        let pixels = (1..<255).filter { counts[$0] > 0 }.map { ($0, counts[$0]) }
        return .success(
            PascalIndex.Row(
                id: image.id, sets: image.sets, source: image.isVOC ? "voc" : sbd.kind.rawValue, height: made.labels.height,
                width: made.labels.width, pixels: Dictionary(uniqueKeysWithValues: pixels), void: counts[255],
                sha256: SHA256.hex(made.bytes)))
    }

    private func content(
        _ image: Image, madeBefore target: URL
    ) throws -> (photo: URL, labels: LabelMap, bytes: [UInt8]) {
        let photo = [voc.photo(image.id), sbd.photo(image.id)].first { FileBytes.exists($0) } ?? voc.photo(image.id)
        let header = try ImageFile.header(photo)
        let source = image.isVOC ? voc.labels(image.id) : sbd.url(image.id)
        let (labels, bytes): (LabelMap, [UInt8])
        if FileBytes.exists(target), let earlier = try? ImageFile.bytes(of: target),
            let map = try? ImageCodec.labels(earlier, file: target.path).map
        {
            (labels, bytes) = (map, earlier)
        } else {
            labels = image.isVOC ? try LabelMap.load(source) : try sbd.labels(image.id)
            bytes = try ImageCodec.png(
                labels.values, height: labels.height, width: labels.width, palette: ColorMap.voc, file: target.path)
        }
        guard (labels.height, labels.width) == (header.height, header.width) else {
            throw DatasetError(
                file: source.path, found: "labels of \(labels.width)x\(labels.height)",
                expected: "the size of the photo, \(header.width)x\(header.height)", advice: "download both again")
        }
        if let wrong = labels.values.first(where: { $0 > 20 && $0 != LabelMap.ignore }) {
            throw DatasetError(
                file: source.path, found: "the value \(wrong)", expected: "classes 0...20, and 255 for void",
                advice: "download the file again")
        }
        return (photo, labels, bytes)
    }

    /// Links or copies a photo; one that is there stays.
    private func place(_ photo: URL, at target: URL) throws {
        if FileBytes.exists(target) { return }
        guard photos == .link else { return try ImageFile.write(try ImageFile.bytes(of: photo), to: target) }
        do {
            // A link whose target moved away is in the way of the new one.
            try? FileManager.default.removeItem(at: target)
            try FileManager.default.createSymbolicLink(at: target, withDestinationURL: photo.resolvingSymlinksInPath())
        } catch {
            throw DatasetError(
                file: target.path, found: "a place where no link can be made", expected: "a folder to write to",
                advice: "build with --photos copy")
        }
    }
}
