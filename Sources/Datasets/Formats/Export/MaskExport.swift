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
    /// The photo's file, for formats that are read together with it; nil for a photo that is in no file.
    public var source: URL?

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

/// A format that masks are written in.
public protocol MaskExport: Sendable {
    /// The short name, also of the folder.
    var name: String { get }
    /// Begins an export into a folder, which is made. What is in memory does not grow with the photos, but for their names.
    ///
    /// - Throws: ``DatasetError`` for a folder that cannot be made, or a file in it that cannot be begun.
    func writer(to folder: URL) throws -> any MaskExportWriter
}

/// An export at work: photos one after the other, then the end.
///
/// Files of a single photo are there as soon as it was added; those of all photos get their name in ``finish()``, and leave nothing
/// behind without it.
public protocol MaskExportWriter: AnyObject {
    /// Writes what was found in a photo.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be written, a stem that was added before or leads out of the folder, and what
    ///   the format cannot hold.
    func add(_ photo: ExportedPhoto) throws
    /// Writes what belongs to all photos. Nothing may be added after it.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be written.
    func finish() throws -> ExportSummary
}

extension MaskExport {
    /// Writes the files of all photos into a folder, which is made.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be written, and for photos that the format cannot hold.
    public func write(_ photos: [ExportedPhoto], to folder: URL) throws -> ExportSummary {
        let writer = try writer(to: folder)
        for photo in photos { try writer.add(photo) }
        return try writer.finish()
    }
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
