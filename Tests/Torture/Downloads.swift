internal import Datasets
internal import Foundation

/// VOC 2012, SBD's label maps and COCO in miniature, all in one folder: photos of 96x80 with a box of one class.
struct Downloads {
    /// The folder beside the other files.
    static let name = "downloads"
    /// Photos of each list.
    private static let count = 20
    private static let (height, width) = (80, 96)
    private let root: URL

    init(_ folder: URL) { root = folder.appendingPathComponent(Self.name) }

    func write() throws {
        for (list, labels) in [("train", "SegmentationClass"), ("val", "SegmentationClass"), ("", "SegmentationClassAug")] {
            let ids = (0..<Self.count).map { "20\(10 + list.count)_\(100_000 + $0)" }
            for (number, id) in ids.enumerated() {
                try ImageFile.save(photo(number), to: place("JPEGImages/\(id).jpg"))
                let values = (0..<(Self.height * Self.width)).map { isInside($0) ? UInt8(1 + number % 20) : 0 }
                try LabelMap(height: Self.height, width: Self.width, values: values).save(to: place("\(labels)/\(id).png"))
            }
            guard !list.isEmpty else { continue }
            try write(ids.map { "\($0)\n" }.joined(), to: "ImageSets/Segmentation/\(list).txt")
        }
        try writeCOCO("train2017", first: 100)
        try writeCOCO("val2017", first: 500)
    }

    private func writeCOCO(_ part: String, first: Int) throws {
        let (categories, names) = (COCO20iClasses.classIDs.sorted { $0.key < $1.key }, COCO20iClasses.classes)
        var (images, annotations): ([String], [String]) = ([], [])
        for number in 0..<(2 * Self.count) {
            let name = "000000000\(first + number).jpg"
            try ImageFile.save(photo(number), to: place("\(part)/\(name)"))
            images.append(
                #"{"id": \#(first + number), "file_name": "\#(name)", "height": \#(Self.height), "width": \#(Self.width)}"#)
            annotations.append(
                """
                {"id": \(first + number), "image_id": \(first + number), "category_id": \(categories[number % 8].key), "iscrowd": 0,
                "area": 1200, "bbox": [30, 20, 40, 30], "segmentation": [[30, 20, 70, 20, 70, 50, 30, 50]]}
                """)
        }
        let rows = zip(categories, names).map { #"{"id": \#($0.key), "name": "\#($1.name)"}"# }
        let lists = [("images", images), ("annotations", annotations), ("categories", rows)]
        let text = lists.map { #""\#($0.0)": [\#($0.1.joined(separator: ", "))]"# }.joined(separator: ",\n")
        try write("{\(text)}\n", to: "annotations/instances_\(part).json")
    }

    private func isInside(_ pixel: Int) -> Bool {
        (20..<50).contains(pixel / Self.width) && (30..<70).contains(pixel % Self.width)
    }

    private func photo(_ number: Int) -> RGBImage {
        let pixels = (0..<(Self.height * Self.width)).flatMap { pixel -> [UInt8] in
            isInside(pixel) ? [UInt8(100 + number), 160, 120] : [30, 60, UInt8(40 + number)]
        }
        return RGBImage(height: Self.height, width: Self.width, pixels: pixels)
    }

    private func place(_ path: String) throws -> URL {
        let url = root.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        return url
    }

    private func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: place(path)) }
}
