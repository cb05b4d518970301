public import Foundation

/// COCO's JSON of instances, `instances.json`: a mask an annotation, as compressed RLE, which `pycocotools` reads back to the same
/// pixels.
///
/// Images and categories are numbered from 1 in their order; an instance's probability is its `score`.
public struct COCOExport: MaskExport {
    public let name = "coco"

    /// The format has no choices.
    public init() {}

    public func writer(to folder: URL) throws -> any MaskExportWriter { try Writer(name, folder) }

    /// Annotations go to the file as they come. Images, which stand behind them there, wait in a file of their own.
    private final class Writer: MaskExportWriter {
        private let name: String
        private let folder: URL
        private let file: GrowingFile
        private let images: GrowingFile
        private let encoder = JSONEncoder()
        private var names = ExportNames()
        private var count = 0

        init(_ name: String, _ folder: URL) throws {
            (self.name, self.folder) = (name, folder)
            try Folder.create(folder)
            file = try GrowingFile(folder.appendingPathComponent("instances.json"))
            images = try GrowingFile(folder.appendingPathComponent("images.json"))
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try file.write(#"{"annotations":["#)
        }

        func add(_ photo: ExportedPhoto) throws {
            try names.add(photo)
            let number = names.photos
            let image = Instances.Image(id: number, file_name: photo.file, height: photo.height, width: photo.width)
            try write(image, to: images, isFirst: number == 1)
            for object in photo.objects {
                let (runs, box) = (object.runs, object.box)
                count += 1
                let annotation = Instances.Annotation(
                    id: count, image_id: number, category_id: names.place(of: object.className) + 1,
                    segmentation: .init(size: [runs.height, runs.width], counts: runs.compressed), area: runs.area,
                    bbox: [box.x0, box.y0, box.width, box.height], iscrowd: 0, score: object.score)
                try write(annotation, to: file, isFirst: count == 1)
            }
        }

        func finish() throws -> ExportSummary {
            try file.write(#"],"categories":["#)
            for (index, name) in names.classes.enumerated() {
                try write(Instances.Category(id: index + 1, name: name), to: file, isFirst: index == 0)
            }
            try file.write(#"],"images":["#)
            try file.append(images)
            try file.write("]}\n")
            try file.finish()
            return ExportSummary(format: name, folder: folder.path, files: 1, objects: count)
        }

        private func write(_ value: some Encodable, to file: GrowingFile, isFirst: Bool) throws {
            let text = String(decoding: try encoder.encode(value), as: UTF8.self)
            try file.write(isFirst ? text : "," + text)
        }
    }

    /// The file; names are COCO's.
    struct Instances: Codable, Equatable {
        struct Image: Codable, Equatable {
            var id: Int
            var file_name: String
            var height: Int
            var width: Int
        }
        struct Category: Codable, Equatable {
            var id: Int
            var name: String
        }
        struct Runs: Codable, Equatable {
            var size: [Int]
            var counts: String
        }
        struct Annotation: Codable, Equatable {
            var id: Int
            var image_id: Int
            var category_id: Int
            var segmentation: Runs
            var area: Int
            var bbox: [Int]
            var iscrowd: Int
            var score: Float?
        }

        var images: [Image] = []
        var annotations: [Annotation] = []
        var categories: [Category] = []
    }
}
