public import Foundation

/// YOLO's segmentation: `labels/<photo>.txt` with a line `class x y x y ...` a connected part, in shares of the photo, and the names
/// of the classes in `data.yaml`.
///
/// Holes are cuts of no width (``MaskPolygons/Part/joined``).
public struct YOLOExport: MaskExport {
    public let name = "yolo"
    /// Of the polygons, in pixels.
    public var tolerance: Double

    /// Names the tolerance.
    public init(tolerance: Double = 1) { self.tolerance = tolerance }

    public func write(_ photos: [ExportedPhoto], to folder: URL) throws -> ExportSummary {
        try photos.checkStems()
        let labels = folder.appendingPathComponent("labels")
        try Folder.create(labels)
        let names = photos.classNames
        let ids = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var fit = PolygonFit()
        for photo in photos {
            var lines: [String] = []
            for object in photo.objects {
                for part in fit.polygons(of: object, tolerance: tolerance).parts {
                    let words = part.joined.flatMap {
                        [Self.share($0.x, of: photo.width), Self.share($0.y, of: photo.height)]
                    }
                    lines.append("\(ids[object.className] ?? 0) \(words.joined(separator: " "))\n")
                }
            }
            try TextFile.write(lines.joined(), to: labels.appendingPathComponent("\(photo.stem).txt"))
        }
        let list = names.enumerated().map { "  \($0): \(Self.quoted($1))\n" }
        try TextFile.write("names:\n" + list.joined(), to: folder.appendingPathComponent("data.yaml"))
        return fit.summary(name, folder, files: photos.count + 1)
    }

    /// Nine digits: a thousandth of a pixel of the largest image.
    private static func share(_ value: Double, of side: Int) -> String { String(format: "%.9f", value / Double(side)) }

    /// Names of one plain word stand as they are.
    private static func quoted(_ name: String) -> String {
        let isPlain = name.allSatisfy { $0.isLetter || $0.isNumber || $0 == " " || $0 == "_" || $0 == "-" }
        return isPlain && name.first?.isLetter == true ? name : "'\(name.replacing("'", with: " "))'"
    }
}
