public import Foundation
internal import TensorCore

/// FSS-1000: 1000 classes of ten images each (Li et al., 2020), in class folders with `1.jpg` and its mask `1.png`.
///
/// The split is by class: lists `trn.txt`, `val.txt` and `test.txt` of class names, of which HSNet's are the field's standard (520, 240
/// and 240 classes); the authors' own `fss_test_set.txt` names test classes alone, and all others are trained on. Class ids count from
/// 1 in the order of `trn`, `val`, `test`, each as its list has it; images of a class are in the order of their numbers.
public struct FSS1000: FoldedDataset {
    /// Which classes are tested.
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// The test classes.
        case test
        /// The validation classes.
        case val
    }

    /// The folder of the class folders.
    public let root: URL
    /// Brightness from which on a pixel is the object: 128 in HSNet, 100 in DifFSS.
    public let threshold: UInt8
    /// Which classes are tested.
    public let part: Part
    /// All classes of the lists.
    public let classes: [FewShotClass]
    /// Names and digests of the lists.
    public let listHashes: [String: String]
    private let lists: FSS1000Lists

    /// Opens a folder of class folders; `fewshot_data` in it, once or twice, is found as well.
    ///
    /// - Throws: ``DatasetError`` for missing folders and lists, and classes that occur twice.
    public init(root: URL, lists: URL? = nil, threshold: UInt8 = 128, part: Part = .test) throws(DatasetError) {
        let places = [root] + ["fewshot_data", "fewshot_data/fewshot_data", "images"].map { root.appendingPathComponent($0) }
        let folder = lists ?? root
        let read = try FSS1000Lists(folder, beside: root)
        let first = read.trn.first ?? read.test.first ?? ""
        guard let found = places.first(where: { FileBytes.isFolder($0.appendingPathComponent(first)) }) else {
            throw DatasetError(
                file: root.path, found: FileBytes.exists(root) ? "no folder \"\(first)\"" : "no such folder",
                expected: "a folder for every class of the lists with 1.jpg, 1.png and so on",
                advice: "unpack fewshot_data.zip of FSS-1000 and give its folder")
        }
        var all = read
        if all.trn.isEmpty { all.trn = try Self.folders(found).filter { !Set(read.test).contains($0) } }
        self.root = found
        self.lists = all
        self.threshold = threshold
        self.part = part
        listHashes = all.hashes
        classes = (all.trn + all.val + all.test).enumerated().map {
            FewShotClass(id: $0 + 1, name: $1.replacing("_", with: " "))
        }
    }

    /// Opens the dataset of a request: `fss1000=<folder>`, with the folder of lists.
    ///
    /// Options: `threshold` (1...255), `part` (test, val).
    ///
    /// - Throws: ``DatasetError`` as ``init(root:lists:threshold:part:)``, and for unknown options.
    public init(_ request: DatasetRequest) throws(DatasetError) {
        guard let path = request.path else {
            throw DatasetError(
                file: request.name, found: "no folder", expected: "the folder of FSS-1000's class folders",
                advice: "give \(request.name)=<folder>")
        }
        var (threshold, part) = (UInt8(128), Part.test)
        for (name, value) in request.options.sorted(by: { $0.key < $1.key }) {
            func problem(_ expected: String) -> DatasetError {
                DatasetError(
                    file: "dataset \(request.name)", place: name, found: "\"\(value)\"", expected: expected,
                    advice: "correct the option")
            }
            switch name {
            case "threshold":
                guard let number = UInt8(value), number > 0 else { throw problem("1...255") }
                threshold = number
            case "part":
                guard let choice = Part(rawValue: value) else { throw problem("test or val") }
                part = choice
            default: throw problem("one of the options threshold, part")
            }
        }
        try self.init(
            root: URL(fileURLWithPath: path), lists: request.lists.map { URL(fileURLWithPath: $0) }, threshold: threshold,
            part: part)
    }

    public var name: String { "fss-1000" }

    /// One: the split is by class.
    public var foldCount: Int { 1 }

    public func has(_ wanted: DatasetPart, fold: Int) -> Bool {
        guard fold == 0 else { return false }
        return !names(wanted).isEmpty
    }

    public func training(fold: Int) throws -> any FewShotDataset { try dataset(.training, fold) }

    public func validation(fold: Int) throws -> any FewShotDataset { try dataset(.validation, fold) }

    private func names(_ wanted: DatasetPart) -> [String] {
        wanted == .training ? lists.trn : part == .test ? lists.test : lists.val
    }

    private func dataset(_ wanted: DatasetPart, _ fold: Int) throws(DatasetError) -> FSS1000Dataset {
        try requireFold(fold)
        let names = names(wanted)
        guard !names.isEmpty else {
            throw DatasetError(
                file: root.path, found: "no list of \(part.rawValue) classes", expected: "\(part.rawValue).txt beside the others",
                advice: "give the folder of trn.txt, val.txt and test.txt with --lists")
        }
        let start = wanted == .training ? 0 : lists.trn.count + (part == .test ? lists.val.count : 0)
        let list = wanted == .training ? "trn" : part.rawValue
        return try FSS1000Dataset(
            root: root, name: "\(name)/\(list)", folders: names, firstID: start + 1, threshold: threshold,
            listHash: lists.hashes[list])
    }

    private static func folders(_ root: URL) throws(DatasetError) -> [String] {
        do throws(FileFailure) {
            return try FolderListing.entries(root).filter { $0.isFolder && !PhotoRule.isHidden($0.name) }.map(\.name)
        } catch {
            throw DatasetError(file: root.path, found: error.found, expected: "a folder of class folders", advice: error.advice)
        }
    }
}

/// Lists of class names.
struct FSS1000Lists: Sendable {
    var trn: [String] = []
    var val: [String] = []
    var test: [String] = []
    var hashes: [String: String] = [:]

    /// - Throws: ``DatasetError`` where there is no list of test classes, for a line that is no folder's name, and for classes in two
    ///   lists.
    init(_ folder: URL, beside root: URL) throws(DatasetError) {
        (trn, val, test) = (try read("trn", [folder]), try read("val", [folder]), try read("test", [folder]))
        if test.isEmpty { test = try read("fss_test_set", [folder, root], as: "test") }
        guard !test.isEmpty || !val.isEmpty else {
            throw DatasetError(
                file: folder.path, found: "no list of classes", expected: "trn.txt, val.txt and test.txt, or fss_test_set.txt",
                advice: "give HSNet's data/splits/fss with --lists")
        }
        let all = trn + val + test
        var seen: Set<String> = []
        if let twice = all.first(where: { !seen.insert($0).inserted }) {
            throw DatasetError(
                file: folder.path, found: "the class \"\(twice)\" a second time", expected: "every class once in all lists",
                advice: "take the lists as they were published")
        }
    }

    private mutating func read(_ name: String, _ folders: [URL], as key: String? = nil) throws(DatasetError) -> [String] {
        let places = folders.map { $0.appendingPathComponent("\(name).txt") }
        guard let url = places.first(where: { FileBytes.exists($0) }) else { return [] }
        let expected = "a class folder's name a line"
        let bytes = try TextFile.bytes(of: url, expected: expected)
        let text = try TextFile.text(bytes, file: url.path, expected: expected)
        var names: [String] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let name = line.trimmingCharacters(in: .whitespaces)
            if name.isEmpty { continue }
            guard !name.contains("/"), !name.contains("\\"), name != "..", name != "." else {
                throw DatasetError(
                    file: url.path, place: "line \(index + 1)", found: "\"\(name.prefix(80))\"", expected: expected,
                    advice: "remove the line")
            }
            names.append(name)
        }
        hashes[key ?? name] = SHA256.hex(bytes)
        return names
    }
}
