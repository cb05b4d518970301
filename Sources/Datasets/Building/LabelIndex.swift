public import Foundation

/// What is known of every image of a dataset without decoding it: `index.csv` of a folder that a ``DatasetBuild`` made.
public struct LabelIndex: Sendable, Hashable {
    /// One image.
    public struct Row: Sendable, Hashable, Codable {
        /// Its id.
        public var id: String
        /// The lists that it is in, such as `train`, `val`, `trainaug`, `merge`.
        public var sets: [String]
        /// Where its labels are from: `voc`, `sbd`, `aug` or `coco`.
        public var source: String
        /// Rows.
        public var height: Int
        /// Columns.
        public var width: Int
        /// Pixels by class, the background left out.
        public var pixels: [Int: Int]
        /// Pixels that do not count.
        public var void: Int
        /// The digest of the file of its labels.
        public var sha256: String

        /// Describes an image.
        public init(
            id: String, sets: [String], source: String, height: Int, width: Int, pixels: [Int: Int], void: Int, sha256: String
        ) {
            (self.id, self.sets, self.source, self.height, self.width) = (id, sets, source, height, width)
            (self.pixels, self.void, self.sha256) = (pixels, void, sha256)
        }
    }

    /// The name of the file.
    public static let fileName = "index.csv"
    private static let header = ["image", "sets", "labels", "height", "width", "classes", "void", "sha256"]
    private static let expected = "the index that `fss data build` writes"

    /// All images, in the order of their ids.
    public var rows: [Row]

    /// Puts images in order.
    public init(rows: [Row]) { self.rows = rows.sorted { $0.id < $1.id } }

    /// Reads the index of a folder.
    ///
    /// - Throws: ``DatasetError`` with the line that cannot be read.
    public init(of folder: URL) throws(DatasetError) {
        let url = folder.appendingPathComponent(Self.fileName)
        let text = try TextFile.read(url, expected: Self.expected)
        let lines = text.split(whereSeparator: \.isNewline)
        func problem(_ line: Int, _ found: String) -> DatasetError {
            DatasetError(
                file: url.path, place: "line \(line)", found: found, expected: Self.expected,
                advice: "build the dataset again")
        }
        guard lines.first.map(String.init) == Self.header.joined(separator: ",") else { throw problem(1, "other columns") }
        rows = []
        for (index, line) in lines.enumerated().dropFirst() {
            guard let row = Self.row(line) else { throw problem(index + 1, "\"\(line.prefix(80))\"") }
            rows.append(row)
        }
        guard Set(rows.map(\.id)).count == rows.count else { throw problem(1, "an image twice") }
    }

    private static func row(_ line: Substring) -> Row? {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == header.count, let height = Int(fields[3]), let width = Int(fields[4]), let void = Int(fields[6])
        else { return nil }
        var pixels: [Int: Int] = [:]
        for pair in fields[5].split(separator: " ") {
            let numbers = pair.split(separator: ":").compactMap { Int($0) }
            guard numbers.count == 2, (1...254).contains(numbers[0]), numbers[1] > 0 else { return nil }
            pixels[numbers[0]] = numbers[1]
        }
        let id = String(fields[0])
        // An id becomes a part of a path; it must stay inside of the dataset's folder.
        let parts = id.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == ".." }), height > 0, width > 0 else { return nil }
        return Row(
            id: id, sets: fields[1].split(separator: " ").map(String.init), source: String(fields[2]), height: height,
            width: width, pixels: pixels, void: void, sha256: String(fields[7]))
    }

    /// Writes the index into a folder.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be written.
    public func write(to folder: URL) throws(DatasetError) {
        let lines = rows.map { row in
            let classes = row.pixels.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: " ")
            return [
                row.id, row.sets.joined(separator: " "), row.source, "\(row.height)", "\(row.width)", classes, "\(row.void)",
                row.sha256,
            ]
        }
        try TextFile.writeCSV(header: Self.header, rows: lines, to: folder.appendingPathComponent(Self.fileName))
    }

    /// The images of a list.
    public func rows(of set: String) -> [Row] { rows.filter { $0.sets.contains(set) } }

    /// The pairs of a list by the rules of a benchmark: class after class as they occur in each image, images in order.
    ///
    /// - Parameters:
    ///   - set: the list of images.
    ///   - classes: ids that may occur.
    ///   - minimumPixels: what a class needs in an image.
    ///   - dropsOthers: whether an image that shows any other class is left out.
    public func items(of set: String, classes: Set<Int>, minimumPixels: Int, dropsOthers: Bool) -> [DatasetItem] {
        rows(of: set).flatMap { row -> [DatasetItem] in
            if dropsOthers && !Set(row.pixels.keys).isSubset(of: classes) { return [] }
            let large = row.pixels.filter { classes.contains($0.key) && $0.value >= minimumPixels }
            return large.keys.sorted().map { DatasetItem(id: row.id, classID: $0) }
        }
    }
}
