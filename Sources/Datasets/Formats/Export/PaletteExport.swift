public import Foundation

/// Palette pictures of class ids as VOC has them: `SegmentationClass/<photo>.png`, with the classes in `classes.txt`.
public struct PaletteExport: MaskExport {
    public let name = "palette"

    /// The format has no choices.
    public init() {}

    public func write(_ photos: [ExportedPhoto], to folder: URL) throws -> ExportSummary {
        try photos.checkStems()
        let names = photos.classNames
        guard names.count < Int(LabelMap.ignore) else {
            throw DatasetError(
                file: folder.path, found: "\(names.count) classes",
                expected: "at most \(LabelMap.ignore - 1) in a palette picture",
                advice: "export fewer classes, or as COCO JSON")
        }
        let pictures = folder.appendingPathComponent("SegmentationClass")
        try Folder.create(pictures)
        let ids = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, UInt8($0 + 1)) })
        for photo in photos {
            var map = LabelMap(
                height: photo.height, width: photo.width, values: [UInt8](repeating: 0, count: photo.height * photo.width))
            for object in photo.objects {
                let id = ids[object.className] ?? 0
                for (pixel, isObject) in object.runs.mask.values.enumerated() where isObject { map.values[pixel] = id }
            }
            try map.save(to: pictures.appendingPathComponent("\(photo.stem).png"))
        }
        let lines = names.enumerated().map { "\($0 + 1) \($1)\n" }
        try TextFile.write("0 background\n" + lines.joined(), to: folder.appendingPathComponent("classes.txt"))
        let objects = photos.reduce(0) { $0 + $1.objects.count }
        return ExportSummary(format: name, folder: folder.path, files: photos.count + 1, objects: objects)
    }
}
