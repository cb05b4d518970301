public import Foundation

/// COCO's JSON of instances, `instances.json`: a mask an annotation, as compressed RLE, which `pycocotools` reads back to the same
/// pixels.
///
/// Images and categories are numbered from 1 in their order; an instance's probability is its `score`.
public struct COCOExport: MaskExport {
    public let name = "coco"

    /// The format has no choices.
    public init() {}

    public func write(_ photos: [ExportedPhoto], to folder: URL) throws -> ExportSummary {
        try photos.checkStems()
        try Folder.create(folder)
        let file = Self.content(of: photos)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(file), as: UTF8.self)
        try TextFile.write(text + "\n", to: folder.appendingPathComponent("instances.json"))
        return ExportSummary(format: name, folder: folder.path, files: 1, objects: file.annotations.count)
    }

    static func content(of photos: [ExportedPhoto]) -> Instances {
        let names = photos.classNames
        let ids = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0 + 1) })
        var file = Instances()
        file.categories = names.enumerated().map { Instances.Category(id: $0 + 1, name: $1) }
        for (index, photo) in photos.enumerated() {
            file.images.append(
                Instances.Image(id: index + 1, file_name: photo.file, height: photo.height, width: photo.width))
            for object in photo.objects {
                let runs = object.runs
                let box = object.box
                file.annotations.append(
                    Instances.Annotation(
                        id: file.annotations.count + 1, image_id: index + 1, category_id: ids[object.className] ?? 0,
                        segmentation: .init(size: [runs.height, runs.width], counts: runs.compressed), area: runs.area,
                        bbox: [box.x0, box.y0, box.width, box.height], iscrowd: 0, score: object.score))
            }
        }
        return file
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
