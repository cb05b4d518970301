internal import Foundation
internal import TensorCore

/// PASCAL VOC 2012 as it is unpacked: photos, label maps of the segmentation task, lists.
struct VOCDownload {
    let root: URL

    /// Finds the download in a folder: the folder itself, `VOC2012` or `VOCdevkit/VOC2012` in it.
    ///
    /// - Throws: ``DatasetError`` for a folder without it.
    init(_ path: String) throws(DatasetError) {
        let base = URL(fileURLWithPath: path)
        let places = ["", "VOC2012", "VOCdevkit/VOC2012", "VOCtrainval_11-May-2012/VOCdevkit/VOC2012"]
        let roots = places.map { $0.isEmpty ? base : base.appendingPathComponent($0) }
        let found = roots.first { root in
            FileBytes.isFolder(root.appendingPathComponent("JPEGImages"))
                && FileBytes.exists(Self.list("val", in: root))
        }
        guard let found else {
            throw DatasetError(
                file: base.path, found: FileBytes.exists(base) ? "no VOC 2012" : "no such folder",
                expected: "a folder with JPEGImages, SegmentationClass and ImageSets/Segmentation/{train,val}.txt",
                advice: "unpack VOCtrainval_11-May-2012.tar and give its VOCdevkit/VOC2012")
        }
        root = found
    }

    private static func list(_ name: String, in root: URL) -> URL {
        root.appendingPathComponent("ImageSets/Segmentation/\(name).txt")
    }

    /// The ids of a list.
    func ids(_ name: String) throws(DatasetError) -> [String] { try IDList.read(Self.list(name, in: root)) }

    func photo(_ id: String) -> URL { root.appendingPathComponent("JPEGImages/\(id).jpg") }
    func labels(_ id: String) -> URL { root.appendingPathComponent("SegmentationClass/\(id).png") }
}

/// Labels of further images: SBD as it is unpacked, or a folder of label maps that somebody made of it (SegmentationClassAug).
struct SBDDownload {
    /// What the labels are in.
    enum Kind: String, Sendable, Codable {
        /// `cls/<id>.mat`.
        case matrices = "sbd"
        /// `<id>.png`.
        case pictures = "aug"
    }

    let kind: Kind
    /// The folder of labels.
    let labelFolder: URL
    private let root: URL

    /// Finds the download in a folder: `cls` in it, in `dataset` or `benchmark_RELEASE/dataset`; or a folder of PNGs, or
    /// `SegmentationClassAug` in it.
    ///
    /// - Throws: ``DatasetError`` for a folder with neither.
    init(_ path: String) throws(DatasetError) {
        let base = URL(fileURLWithPath: path)
        let roots = [base] + ["dataset", "benchmark_RELEASE/dataset", "sbd"].map { base.appendingPathComponent($0) }
        if let found = roots.first(where: { FileBytes.isFolder($0.appendingPathComponent("cls")) }) {
            (kind, root, labelFolder) = (.matrices, found, found.appendingPathComponent("cls"))
            return
        }
        for folder in [base, base.appendingPathComponent("SegmentationClassAug")] where Self.holds("png", folder) {
            (kind, root, labelFolder) = (.pictures, base, folder)
            return
        }
        throw DatasetError(
            file: base.path, found: FileBytes.exists(base) ? "neither SBD nor label maps" : "no such folder",
            expected: "SBD with cls/<id>.mat, or a folder SegmentationClassAug of <id>.png",
            advice: "unpack benchmark.tgz of SBD and give its dataset folder")
    }

    private static func holds(_ ending: String, _ folder: URL) -> Bool {
        ((try? FolderListing.entries(folder)) ?? []).contains { !PhotoRule.isHidden($0.name) && $0.name.hasSuffix(".\(ending)") }
    }

    /// Ids of `train.txt` and `val.txt`; nil where the lists are not there.
    func listed(_ name: String) throws(DatasetError) -> [String]? {
        let list = root.appendingPathComponent("\(name).txt")
        guard kind == .matrices, FileBytes.exists(list) else { return nil }
        return try IDList.read(list)
    }

    /// Ids of all labels, in order.
    func all() throws(DatasetError) -> [String] {
        let ending = kind == .matrices ? ".mat" : ".png"
        do throws(FileFailure) {
            return try FolderListing.entries(labelFolder).map(\.name).filter { $0.hasSuffix(ending) && !PhotoRule.isHidden($0) }
                .map { String($0.dropLast(4)) }
        } catch {
            throw DatasetError(file: labelFolder.path, found: error.found, expected: "a folder of labels", advice: error.advice)
        }
    }

    func url(_ id: String) -> URL { labelFolder.appendingPathComponent(id + (kind == .matrices ? ".mat" : ".png")) }

    func photo(_ id: String) -> URL { root.appendingPathComponent("img/\(id).jpg") }

    /// The labels of an image: `GTcls.Segmentation` of SBD, which has no void pixels.
    func labels(_ id: String) throws -> LabelMap {
        switch kind {
        case .matrices: try MatFile.labels(url(id), variable: "GTcls", field: "Segmentation")
        case .pictures: try LabelMap.load(url(id))
        }
    }
}

/// Lists of ids alone, one a line.
enum IDList {
    /// - Throws: ``DatasetError`` for a line that is no id, and a list without any.
    static func read(_ url: URL) throws(DatasetError) -> [String] {
        let text = try TextFile.read(url, expected: "an id a line")
        var ids: [String] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let word = line.split(whereSeparator: \.isWhitespace).first else { continue }
            let isPlain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
            guard isPlain, word.count <= 64 else {
                throw DatasetError(
                    file: url.path, place: "line \(index + 1)", found: "\"\(line.prefix(80))\"",
                    expected: "an id like 2007_000033",
                    advice: "take the list as it was published")
            }
            ids.append(String(word))
        }
        guard !ids.isEmpty else {
            throw DatasetError(file: url.path, found: "no line", expected: "an id a line", advice: "copy the list again")
        }
        return ids
    }
}
