internal import Datasets
internal import Foundation

extension Specimen {
    static let datasets: [(name: String, make: Maker)] = [
        ("voc-list", { try voc($0, "voc/splits/trn/fold0.txt", ["a__1\nb__2\n", "\u{FEFF}a.jpg__1\r\nb__2\r\nb__1\r\n"]) }),
        (
            "image-list",
            {
                try voc(
                    $0, "voc/splits/trn/fold0.txt",
                    ["JPEGImages/a.jpg SegmentationClass/a.png\nJPEGImages/b.jpg SegmentationClass/b.png\n", "a\nb\n"])
            }
        ),
        ("classes", { try voc($0, "voc/classes.txt", ["0 background\n1 disc\n2 potted plant\n", "1 a\n"]) }),
        (
            "labelmap",
            {
                try voc(
                    $0, "voc/labelmap.txt",
                    [
                        "# label:color_rgb:parts:actions\nbackground:0,0,0::\ndisc:128,0,0::\npotted plant:0,128,0::\n",
                        "disc:1,2,3:hand,foot:run\nvoid:255,255,255::\n",
                    ])
            }
        ),
        ("coco-index", { _ in cocoIndex }),
        ("rle", { _ in runLengths }),
    ]

    /// A folder in VOC layout of which one file is damaged, opened with both lists of its first fold and the labels in them.
    private static func voc(_ place: Place, _ file: String, _ texts: [String]) throws -> Specimen {
        let (height, width) = (6, 8)
        for folder in ["JPEGImages", "SegmentationClass"] {
            try FileManager.default.createDirectory(at: place.url("voc/\(folder)"), withIntermediateDirectories: true)
        }
        for name in ["a", "b"] {
            let photo = RGBImage(height: height, width: width, red: 9)
            try ImageFile.save(photo, to: place.url("voc/JPEGImages/\(name).jpg"))
            let labels = LabelMap(height: height, width: width, values: (0..<(height * width)).map { UInt8($0 / 17) })
            try labels.save(to: place.url("voc/SegmentationClass/\(name).png"))
        }
        if !file.hasSuffix("labelmap.txt") {
            try place.write("voc/classes.txt", "0 background\n1 disc\n2 ring\n".utf8)
        }
        for part in ["trn", "val"] { try place.write("voc/splits/\(part)/fold0.txt", "a__1\nb__2\n".utf8) }
        let root = place.url("voc")
        return Specimen(
            file: file, originals: texts.map { Array($0.utf8) },
            readers: [
                { _ in
                    let folds = try FoldedVOC(root: root)
                    for part in DatasetPart.allCases {
                        let dataset = try folds.dataset(part, fold: 0)
                        for item in dataset.items.prefix(4) { _ = try dataset.mask(of: item.classID, in: item.id) }
                    }
                }
            ])
    }

    /// An instances file up to the pixels of its annotations; those of images that are too large to be one are not drawn.
    private static var cocoIndex: Specimen {
        let text = """
            {"info": {"year": 2017}, "images": [{"license": 1, "file_name": "1.jpg", "height": 30, "width": 40, "id": 1},
            {"file_name": "2.jpg", "height": 18, "width": 24, "id": 2}], "annotations": [
            {"segmentation": [[1, 2, 9.5, 2, 9, 9], [20.25, 20, 30, 20, 30, 29, 20, 29]], "area": 100, "iscrowd": 0,
            "image_id": 1, "bbox": [0, 0, 1, 1], "category_id": 18, "id": 11},
            {"segmentation": {"size": [18, 24], "counts": [100, 30, 302]}, "area": 30, "iscrowd": 1, "image_id": 2,
            "bbox": [0, 0, 1, 1], "category_id": 1, "id": 12},
            {"segmentation": {"size": [18, 24], "counts": "[26<0000000000000e6"}, "area": 30, "iscrowd": 0, "image_id": 2,
            "bbox": [0.5, 0, 1, 1e0], "category_id": 18, "id": 13}],
            "categories": [{"supercategory": "person", "id": 1, "name": "person"}, {"id": 18, "name": "d\\u00f6g"}]}
            """
        return Specimen(
            file: "instances.json", originals: [Array(text.utf8)],
            readers: [
                { url in
                    let index = try COCOIndex(url, cache: nil, threads: 1)
                    for position in 0..<index.imageCount {
                        let image = index.image(at: position)
                        for annotation in try index.annotations(at: position) {
                            guard image.height <= 4096, image.width <= 4096 else { continue }
                            _ = annotation.segmentation.mask(height: image.height, width: image.width).area
                        }
                    }
                }
            ])
    }

    /// Runs in COCO's compressed text and as numbers. The first line says the height and the width.
    private static var runLengths: Specimen {
        let mask = BinaryMask(height: 18, width: 24, values: (0..<432).map { $0 % 24 > 5 && $0 % 7 != 0 && $0 / 24 > 3 })
        let runs = RunLengthMask(mask)
        let texts = ["18 24\n\(runs.compressed)", "18 24\n" + runs.counts.map(String.init).joined(separator: ",")]
        return Specimen(
            file: "runs.txt", originals: texts.map { Array($0.utf8) },
            readers: [
                { url in
                    let parts = try split(Data(contentsOf: url))
                    try check(RunLengthMask(height: parts.height, width: parts.width, compressed: parts.runs))
                },
                { url in
                    let parts = try split(Data(contentsOf: url))
                    let text = String(decoding: parts.runs, as: UTF8.self)
                    let counts = text.split(separator: ",").compactMap { Int($0) }
                    for order in [RunLengthMask.Order.rows, .columns] {
                        try check(RunLengthMask(height: parts.height, width: parts.width, counts: counts, order: order))
                    }
                },
            ])
    }

    private static func split(_ data: Data) throws -> (height: Int, width: Int, runs: [UInt8]) {
        let lines = data.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        let sides = lines[0].split(separator: UInt8(ascii: " ")).map { Int(String(decoding: $0, as: UTF8.self)) }
        guard lines.count == 2, sides.count == 2, let height = sides[0], let width = sides[1] else { throw Refused() }
        return (height, width, Array(lines[1]))
    }

    /// Runs that are taken fill the picture, say the same again and have as many pixels as they say.
    private static func check(_ runs: RunLengthMask?) throws {
        guard let runs else { throw Refused() }
        guard runs.counts.reduce(0, +) == runs.height * runs.width else { throw TortureError("the runs do not fill the picture") }
        guard runs.height <= 4096, runs.width <= 4096 else { return }
        let mask = runs.mask
        guard mask.area == runs.area else { throw TortureError("\(mask.area) pixels of \(runs.area)") }
        guard RunLengthMask(height: runs.height, width: runs.width, compressed: RunLengthMask(mask).compressed.utf8)?.mask == mask
        else { throw TortureError("the runs do not say the same again") }
    }
}
