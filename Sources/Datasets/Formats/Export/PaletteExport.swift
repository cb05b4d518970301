public import Foundation

/// Palette pictures of class ids as VOC has them: `SegmentationClass/<photo>.png`, with the classes in `classes.txt`.
public struct PaletteExport: MaskExport {
    public let name = "palette"

    /// The format has no choices.
    public init() {}

    public func writer(to folder: URL) throws -> any MaskExportWriter { try Writer(name, folder) }

    private final class Writer: MaskExportWriter {
        private let name: String
        private let folder: URL
        private let pictures: URL
        private var names = ExportNames()
        private var count = 0

        init(_ name: String, _ folder: URL) throws {
            (self.name, self.folder) = (name, folder)
            pictures = folder.appendingPathComponent("SegmentationClass")
            try Folder.create(pictures)
        }

        func add(_ photo: ExportedPhoto) throws {
            try names.add(photo)
            guard names.classes.count < Int(LabelMap.ignore) else {
                throw DatasetError(
                    file: folder.path, found: "\(names.classes.count) classes",
                    expected: "at most \(LabelMap.ignore - 1) in a palette picture",
                    advice: "export fewer classes, or as COCO JSON")
            }
            var map = LabelMap(
                height: photo.height, width: photo.width, values: [UInt8](repeating: 0, count: photo.height * photo.width))
            for object in photo.objects {
                let id = UInt8(names.place(of: object.className) + 1)
                for (pixel, isObject) in object.runs.mask.values.enumerated() where isObject { map.values[pixel] = id }
            }
            try map.save(to: pictures.appendingPathComponent("\(photo.stem).png"))
            count += photo.objects.count
        }

        func finish() throws -> ExportSummary {
            let lines = names.classes.enumerated().map { "\($0 + 1) \($1)\n" }
            try TextFile.write("0 background\n" + lines.joined(), to: folder.appendingPathComponent("classes.txt"))
            return ExportSummary(format: name, folder: folder.path, files: names.photos + 1, objects: count)
        }
    }
}
