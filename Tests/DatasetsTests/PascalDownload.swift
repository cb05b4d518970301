import Foundation

@testable import Datasets

/// VOC 2012 and SBD in miniature, which a test writes itself: photos of 24x18, each with a box of one or two classes.
struct PascalDownload {
    static let (height, width) = (18, 24)
    let root: URL

    var voc: URL { root.appending(path: "VOCdevkit/VOC2012") }
    var sbd: URL { root.appending(path: "benchmark_RELEASE/dataset") }

    /// VOC's train, VOC's val, images that SBD alone has (the last of them in its val list).
    static let train = ["2007_000001", "2007_000002", "2007_000003"]
    static let val = ["2008_000001", "2008_000002", "2008_000003", "2008_000004"]
    static let extra = ["2009_000001", "2009_000002", "2009_000003"]

    /// Writes everything.
    init(_ root: URL) throws {
        self.root = root
        for folder in [
            "JPEGImages", "SegmentationClass", "ImageSets/Segmentation",
        ] { try FileManager.default.createDirectory(at: voc.appending(path: folder), withIntermediateDirectories: true) }
        for folder in ["cls", "img"] {
            try FileManager.default.createDirectory(at: sbd.appending(path: folder), withIntermediateDirectories: true)
        }
        for (number, id) in (Self.train + Self.val + Self.extra).enumerated() {
            let pixels = [UInt8](repeating: UInt8(20 * number), count: Self.height * Self.width * 3)
            try ImageFile.save(
                RGBImage(height: Self.height, width: Self.width, pixels: pixels), to: voc.appending(path: "JPEGImages/\(id).jpg"))
        }
        for (number, id) in (Self.train + Self.val).enumerated() {
            try Self.labels(1 + number * 5 % 20, void: true).save(to: voc.appending(path: "SegmentationClass/\(id).png"))
        }
        try list(Self.train, "ImageSets/Segmentation/train.txt", in: voc)
        try list(Self.val, "ImageSets/Segmentation/val.txt", in: voc)
        // SBD also lists images of VOC's lists.
        try list(Self.extra.dropLast() + [Self.train[0], Self.val[0]], "train.txt", in: sbd)
        try list([Self.extra[2], Self.val[1]], "val.txt", in: sbd)
        for (number, id) in (Self.extra + [Self.train[0], Self.val[0], Self.val[1]]).enumerated() {
            try MatWriter.segmentation(Self.labels(6 + number, also: number == 1 ? 1 : nil)).write(to: mat(id))
        }
    }

    func mat(_ id: String) -> URL { sbd.appending(path: "cls/\(id).mat") }

    func list(_ ids: some Sequence<String>, _ path: String, in folder: URL) throws {
        try Data(ids.map { $0 + "\n" }.joined().utf8).write(to: folder.appending(path: path))
    }

    /// A box of one class, with a border of void where VOC has it, and a smaller box of a second one.
    static func labels(_ classID: Int, also second: Int? = nil, void: Bool = false) -> LabelMap {
        var map = LabelMap(height: height, width: width, values: [UInt8](repeating: 0, count: height * width))
        for y in 3..<13 {
            for x in 4..<18 {
                let isBorder = void && (y == 3 || x == 4)
                map.values[y * width + x] = isBorder ? 255 : UInt8(classID)
            }
        }
        if let second { for x in 0..<width { map.values[(height - 1) * width + x] = UInt8(second) } }
        return map
    }
}

/// MATLAB files of version 5, uncompressed, as bytes.
enum MatWriter {
    static func element(_ type: UInt32, _ bytes: [UInt8]) -> [UInt8] {
        let padding = (8 - bytes.count % 8) % 8
        return word(type) + word(UInt32(bytes.count)) + bytes + [UInt8](repeating: 0, count: padding)
    }

    static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) } }

    static func matrix(_ kind: UInt32, sides: [Int], name: String = "", _ rest: [UInt8]) -> [UInt8] {
        element(
            14,
            element(6, word(kind) + word(0)) + element(5, sides.flatMap { word(UInt32($0)) }) + element(1, Array(name.utf8))
                + rest)
    }

    /// `variable.field` of bytes, as a whole file.
    static func file(_ map: LabelMap, variable: String = "GTcls", field: String = "Segmentation") -> [UInt8] {
        var columns: [UInt8] = []
        for x in 0..<map.width { for y in 0..<map.height { columns.append(map.values[y * map.width + x]) } }
        let values = matrix(9, sides: [map.height, map.width], element(2, columns))
        let name = Array(field.utf8) + [UInt8](repeating: 0, count: 32 - field.utf8.count)
        let fields = word(4 << 16 | 5) + word(32) + element(1, name)
        let text = Array("MATLAB 5.0 MAT-file".utf8)
        let header =
            text + [UInt8](repeating: 32, count: 116 - text.count) + [UInt8](repeating: 0, count: 8) + [0, 1] + Array("IM".utf8)
        return header + matrix(2, sides: [1, 1], name: variable, fields + values)
    }

    static func segmentation(_ map: LabelMap) -> Data { Data(file(map)) }
}
