internal import Foundation

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
    /// Photos that the format wants beside its files and that were not there to be put there.
    public var missingPhotos = 0

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
        let missing = missingPhotos == 0 ? "" : ", without \(missingPhotos) photos that are no longer where they were"
        return "\(format): \(objects) masks in \(files) \(files == 1 ? "file" : "files")\(fit)\(missing): \(folder)"
    }

    private static func text(_ value: Double) -> String { String(format: "%.4f", value) }
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
