public import Foundation
internal import TensorCore

/// A photo with the masks that were found in it.
public struct ExportedPhoto: Sendable, Hashable {
    /// A mask of one class.
    public struct Object: Sendable, Hashable {
        /// The class.
        public var className: String
        /// The mask; its size is that of the photo.
        public var runs: RunLengthMask
        /// How likely it is, 0...1; nil for a mask without a score.
        public var score: Float?

        /// Names a mask.
        public init(className: String, mask: BinaryMask) {
            self.className = className
            runs = RunLengthMask(mask)
        }

        /// Takes an instance.
        public init(_ instance: Instance) {
            (className, runs, score) = (instance.className, instance.runs, instance.score)
        }

        /// The tight box around the mask.
        var box: Box { runs.box }
    }

    /// The name of the photo's file, as the export shall give it.
    public var file: String
    /// What files of this photo alone are called, without an ending; unique in an export.
    public var stem: String
    /// Rows.
    public var height: Int
    /// Columns.
    public var width: Int
    /// The masks; an empty one counts as none. In palette pictures later ones cover earlier ones.
    public var objects: [Object]
    /// The classes that were looked for, in the order of their numbers; others follow as they are met.
    public var classes: [String] = []

    /// Names a photo and what was found in it.
    ///
    /// - Precondition: all masks have the size of the photo.
    public init(file: String, stem: String, height: Int, width: Int, objects: [Object]) {
        let fits = objects.allSatisfy { $0.runs.height == height && $0.runs.width == width }
        precondition(fits, "ExportedPhoto: a mask has another size than \(file), \(width)x\(height)")
        (self.file, self.stem, self.height, self.width) = (file, stem, height, width)
        self.objects = objects.filter { $0.runs.area > 0 }
    }
}

/// What an export wrote.
public struct ExportSummary: Sendable, Hashable, Codable {
    /// The format's name.
    public var format: String
    /// Where the files are.
    public var folder: String
    /// Files that were written.
    public var files: Int
    /// Masks in them.
    public var objects: Int
    /// The lowest and the mean intersection over union of what was written with the masks; nil for formats that keep every pixel.
    public var iou: IoU?

    /// How well polygons follow masks.
    public struct IoU: Sendable, Hashable, Codable {
        /// Of the worst mask.
        public var lowest: Double
        /// Over all masks.
        public var mean: Double
    }

    /// One line of words.
    public var line: String {
        let fit =
            iou.map { ", IoU with the masks \(Self.text($0.lowest)) at the lowest, \(Self.text($0.mean)) in the mean" } ?? ""
        return "\(format): \(objects) masks in \(files) \(files == 1 ? "file" : "files")\(fit): \(folder)"
    }

    private static func text(_ value: Double) -> String { String(format: "%.4f", value) }
}

/// A format that masks are written in.
public protocol MaskExport: Sendable {
    /// The short name, also of the folder.
    var name: String { get }
    /// Writes the files of all photos into a folder, which is made.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be written, and for photos that the format cannot hold.
    func write(_ photos: [ExportedPhoto], to folder: URL) throws -> ExportSummary
}

/// The formats that masks are written in, by name.
public enum MaskExports {
    /// Makes a format from the tolerance of its polygons, in pixels.
    public typealias Factory = @Sendable (Double) -> any MaskExport

    private static let registry = Registry<Factory>(
        "export",
        [
            "coco": { _ in COCOExport() },
            "yolo": { YOLOExport(tolerance: $0) },
            "labelme": { LabelmeExport(tolerance: $0) },
            "polygons": { PolygonExport(tolerance: $0) },
            "palette": { _ in PaletteExport() },
            "csv": { _ in AreaExport() },
        ])

    /// Registers a format; one of the same name is replaced.
    public static func register(_ name: String, _ factory: @escaping Factory) { registry.register(name, factory) }

    /// The names of the known formats.
    public static var names: [String] { registry.names }

    /// The format of a name.
    ///
    /// - Throws: `UnknownName` with all names that are known.
    public static func named(_ name: String, tolerance: Double = 1) throws -> any MaskExport {
        try registry.member(named: name)(tolerance)
    }
}

extension [ExportedPhoto] {
    /// The classes of all photos, first seen first.
    var classNames: [String] {
        var seen: Set<String> = []
        return flatMap { $0.classes + $0.objects.map(\.className) }.filter { seen.insert($0).inserted }
    }

    /// - Throws: ``DatasetError`` where two photos would write the same files, or a name leads out of the folder.
    func checkStems() throws(DatasetError) {
        var seen: Set<String> = []
        for photo in self {
            let isPlain = !photo.stem.isEmpty && !photo.stem.contains("/") && photo.stem != ".." && photo.stem != "."
            guard isPlain, seen.insert(photo.stem).inserted else {
                throw DatasetError(
                    file: photo.file, found: "the stem \"\(photo.stem)\"" + (isPlain ? " a second time" : ""),
                    expected: "a name of its own for every photo, without folders", advice: "rename one of the photos")
            }
        }
    }
}

/// Gathers how well polygons follow masks.
struct PolygonFit {
    private var (lowest, sum, count) = (1.0, 0.0, 0)

    mutating func polygons(of object: ExportedPhoto.Object, tolerance: Double) -> MaskPolygons {
        let polygons = MaskPolygons(object.runs, tolerance: tolerance)
        lowest = min(lowest, polygons.iou)
        sum += polygons.iou
        count += 1
        return polygons
    }

    func summary(_ format: String, _ folder: URL, files: Int) -> ExportSummary {
        let mean = count == 0 ? 1 : sum / Double(count)
        return ExportSummary(
            format: format, folder: folder.path, files: files, objects: count, iou: .init(lowest: lowest, mean: mean))
    }
}
