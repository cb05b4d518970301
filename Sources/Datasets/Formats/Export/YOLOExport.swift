public import Foundation

/// YOLO's segmentation as `ultralytics` reads it: `labels/<photo>.txt` with a line `class x y x y ...` a connected part, in shares of
/// the photo, the photo in `images`, and the names of the classes in `data.yaml`.
///
/// Holes are cuts of no width (``MaskPolygons/Part/joined``). There is one set of photos, which `data.yaml` gives for training and
/// validation alike: `ultralytics` refuses a set without either, and how to part it is the user's choice.
public struct YOLOExport: MaskExport {
    public let name = "yolo"
    /// Of the polygons, in pixels.
    public var tolerance: Double

    /// Names the tolerance.
    public init(tolerance: Double = 1) { self.tolerance = tolerance }

    public func writer(to folder: URL) throws -> any MaskExportWriter { try Writer(self, folder) }

    private final class Writer: MaskExportWriter {
        private let export: YOLOExport
        private let folder: URL
        private let labels: URL
        private var names = ExportNames()
        private var fit = PolygonFit()
        private var placed = PlacedPhotos()

        init(_ export: YOLOExport, _ folder: URL) throws {
            (self.export, self.folder) = (export, folder)
            labels = folder.appendingPathComponent("labels")
            try Folder.create(labels)
        }

        func add(_ photo: ExportedPhoto) throws {
            try names.add(photo)
            var lines: [String] = []
            for object in photo.objects {
                for part in fit.polygons(of: object, tolerance: export.tolerance).parts {
                    let words = part.joined.flatMap { [share($0.x, of: photo.width), share($0.y, of: photo.height)] }
                    lines.append("\(names.place(of: object.className)) \(words.joined(separator: " "))\n")
                }
            }
            try TextFile.write(lines.joined(), to: labels.appendingPathComponent("\(photo.stem).txt"))
            // Labels are found by the stem of the photo.
            let ending = URL(fileURLWithPath: photo.file).pathExtension
            let images = folder.appendingPathComponent("images")
            try placed.place(photo, as: ending.isEmpty ? photo.stem : "\(photo.stem).\(ending)", in: images)
        }

        func finish() throws -> ExportSummary {
            let list = names.classes.enumerated().map { "  \($0): \(quoted($1))\n" }
            let text = "train: images\nval: images\nnames:\n" + list.joined()
            try TextFile.write(text, to: folder.appendingPathComponent("data.yaml"))
            var summary = fit.summary(export.name, folder, files: names.photos + placed.count + 1)
            summary.missingPhotos = placed.missing
            return summary
        }

        /// Nine digits: a thousandth of a pixel of the largest image.
        private func share(_ value: Double, of side: Int) -> String { String(format: "%.9f", value / Double(side)) }

        /// Names of plain words stand as they are, but for those that YAML takes for a truth value or nothing.
        private func quoted(_ name: String) -> String {
            if ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(name.lowercased()) { return "'\(name)'" }
            let isPlain = name.allSatisfy { $0.isLetter || $0.isNumber || $0 == " " || $0 == "_" || $0 == "-" }
            return isPlain && name.first?.isLetter == true ? name : "'\(name.replacing("'", with: " "))'"
        }
    }
}
