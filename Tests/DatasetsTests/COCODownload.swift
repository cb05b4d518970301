import Foundation

@testable import Datasets

/// A download of COCO in miniature: photos and instances that a test writes itself.
struct COCODownload {
    /// Whole pictures of 40x30 with boxes of classes in them.
    struct Picture {
        var number: Int
        /// COCO's category ids with boxes x, y, width, height.
        var objects: [(category: Int, box: (Int, Int, Int, Int))]
    }

    let root: URL
    let year: Int

    /// Writes the photos of a part and its instances.
    func write(_ split: String, _ pictures: [Picture], more annotations: [String] = []) throws {
        try writePhotos(split, pictures.map(\.number))
        let folder = root.appending(path: "annotations")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = Self.instances(pictures, fileName: { fileName($0, split) }, more: annotations)
        try Data(text.utf8).write(to: instances(split))
    }

    func writePhotos(_ split: String, _ numbers: [Int]) throws {
        let folder = root.appending(path: "\(split)\(year)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for number in numbers {
            try ImageFile.save(
                RGBImage(height: 30, width: 40, pixels: [UInt8](repeating: UInt8(number % 200), count: 3600)),
                to: folder.appending(path: fileName(number, split)))
        }
    }

    func instances(_ split: String) -> URL { root.appending(path: "annotations/instances_\(split)\(year).json") }

    func fileName(_ number: Int, _ split: String) -> String {
        let padded = String(repeating: "0", count: 12 - String(number).count) + String(number)
        return year == 2014 ? "COCO_\(split)2014_\(padded).jpg" : "\(padded).jpg"
    }

    /// The text of an instances file with COCO's 80 categories.
    static func instances(
        _ pictures: [Picture], fileName: (Int) -> String = { "\($0).jpg" }, more annotations: [String] = []
    ) -> String {
        var rows: [String] = []
        for picture in pictures {
            for (category, box) in picture.objects {
                rows.append(object(rows.count + 1, image: picture.number, category: category, box: box))
            }
        }
        let images = pictures.map {
            #"{"license": 1, "file_name": "\#(fileName($0.number))", "height": 30, "width": 40, "id": \#($0.number)}"#
        }
        let names = Dictionary(uniqueKeysWithValues: COCO20iClasses.classes.map { ($0.id, $0.name) })
        let categories = COCO20iClasses.classIDs.sorted { $0.key < $1.key }.map {
            #"{"supercategory": "thing", "id": \#($0.key), "name": "\#(names[$0.value] ?? "")"}"#
        }
        return """
            {"info": {"year": 2017}, "licenses": [{"id": 1, "name": "\\u00c9"}], "images": [\(images.joined(separator: ", "))],
            "annotations": [\((rows + annotations).joined(separator: ", "))], "categories": [\(categories.joined(separator: ", "))]}
            """
    }

    /// A box as an annotation with one polygon.
    static func object(
        _ id: Int, image: Int, category: Int, box: (Int, Int, Int, Int), crowd: Int = 0, area: Double? = nil
    ) -> String {
        let (x, y, width, height) = box
        let corners = [x, y, x + width, y, x + width, y + height, x, y + height].map(String.init).joined(separator: ", ")
        return annotation(
            id, image: image, category: category, segmentation: "[[\(corners)]]", crowd: crowd,
            area: area ?? Double(width * height))
    }

    static func annotation(
        _ id: Int, image: Int, category: Int, segmentation: String, crowd: Int = 0, area: Double = 100
    ) -> String {
        #"{"segmentation": \#(segmentation), "area": \#(area), "iscrowd": \#(crowd), "image_id": \#(image), "bbox": [0, 0, 1, 1], "category_id": \#(category), "id": \#(id)}"#
    }
}
