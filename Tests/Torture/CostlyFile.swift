internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// A small file that could cost much: how it is made and how it is read.
struct CostlyFile: Sendable {
    var name: String
    var file: String
    var content: @Sendable () -> [UInt8]
    /// Bytes that what comes of it takes by rights: that of its pixels.
    var result = 0
    var read: @Sendable (URL) throws -> Void

    private static let photo = AnnotatedPhoto(name: "x.jpg", height: 3000, width: 4000)
    private static let annotation: @Sendable (URL) throws -> Void = {
        _ = try AnnotationFile.read($0, for: photo).annotation.rasterised()
    }

    static let all: [CostlyFile] = pictures + annotations + texts

    private static let pictures = [
        CostlyFile(name: "photo of 16384 x 16384, 1 bit", file: "photo.png", content: { FlatPNG.bytes(side: 16384, depth: 1) }) {
            _ = try ImageFile.load($0)
        },
        CostlyFile(
            name: "mask of 16384 x 16384, 1 bit", file: "mask.png", content: { FlatPNG.bytes(side: 16384, depth: 1) },
            result: 16384 * 16384
        ) {
            _ = try MaskReading.load($0)
        },
        CostlyFile(
            name: "labels of 16384 x 16384, 1 bit", file: "labels.png", content: { FlatPNG.bytes(side: 16384, depth: 1) },
            result: 16384 * 16384
        ) {
            _ = try LabelMap.load($0)
        },
        CostlyFile(
            name: "annotation of 16384 x 16384, 8 bit", file: "grey.png", content: { FlatPNG.bytes(side: 16384, depth: 8) }
        ) { _ = try AnnotationFile.read($0, for: photo) },
    ]

    private static let annotations = [
        CostlyFile(
            name: "100 000 boxes, text", file: "boxes.txt",
            content: { Array(boxes.map { $0.map(String.init).joined(separator: " ") }.joined(separator: "\n").utf8) },
            read: annotation
        ),
        CostlyFile(
            name: "100 000 boxes, JSON", file: "boxes.json", content: { Array("{\"boxes\": \(boxes)}".utf8) }, read: annotation),
        CostlyFile(
            name: "stroke of 50 000 points", file: "stroke.json",
            content: { Array("{\"scribbles\": [{\"points\": \(zigzag), \"thickness\": 3}]}".utf8) }, read: annotation),
        CostlyFile(
            name: "polygon of 50 000 points", file: "polygon.json",
            content: {
                Array(
                    """
                    {"version": "5", "imagePath": "x.jpg", "imageHeight": 3000, "imageWidth": 4000,
                    "shapes": [{"label": "a", "shape_type": "polygon", "points": \(zigzag)}]}
                    """.utf8)
            }, result: 16 * 3000 * 4000, read: annotation),
        CostlyFile(
            name: "annotation of a million brackets", file: "deep.json", content: { Array("{\"shapes\": ".utf8) + brackets(1) },
            read: annotation),
        CostlyFile(
            name: "XML of a million elements in each other", file: "deep.xml",
            content: { Array(("<annotation>" + String(repeating: "<a>", count: 1_000_000)).utf8) }, read: annotation),
        CostlyFile(
            name: "instances of ten million brackets", file: "instances.json",
            content: { Array("{\"images\": ".utf8) + brackets(10) }, read: { _ = try COCOIndex($0, cache: nil) }),
        CostlyFile(
            name: "instances of ten million empty lists", file: "lists.json",
            content: { Array("{\"images\": [".utf8) + lists(10) + Array("[]]}".utf8) },
            read: { _ = try COCOIndex($0, cache: nil) }),
    ]

    private static let texts = [
        CostlyFile(
            name: "safetensors, header of ten million brackets", file: "deep.safetensors",
            content: { header(Array("{\"a\":".utf8) + brackets(10)) }, read: { _ = try Safetensors.load(contentsOf: $0) }),
        CostlyFile(
            name: "safetensors, header of ten million empty lists", file: "lists.safetensors",
            content: { header(Array("{\"a\":[".utf8) + lists(10)) }, read: { _ = try Safetensors.load(contentsOf: $0) }),
        CostlyFile(
            name: "shard index of a million brackets", file: "model.safetensors.index.json",
            content: { Array("{\"weight_map\":".utf8) + brackets(1) }, read: { _ = try Safetensors.load(contentsOf: $0) }),
        CostlyFile(
            name: "settings of a million brackets", file: "settings.json",
            content: { Array("{\"model\":".utf8) + brackets(1) },
            read: { _ = try ConfigurationTree(json: Data(contentsOf: $0), source: $0.path) }),
        CostlyFile(
            name: "backbone of a million brackets", file: "backbone.json",
            content: { Array("{\"network\":".utf8) + brackets(1) },
            read: { _ = try BackboneDescription(json: Data(contentsOf: $0), source: $0.path) }),
        CostlyFile(
            name: "PyTorch file of ten million lists", file: "lists.pth",
            content: { stream([0x28] + [UInt8](repeating: 0x5D, count: 10_000_000)) },
            read: { _ = try Checkpoint(contentsOf: $0) }),
        CostlyFile(
            name: "PyTorch file of two million remembered numbers", file: "memo.pth",
            content: { stream((0..<2_000_000).flatMap(remembered)) },
            read: { _ = try Checkpoint(contentsOf: $0) }),
        CostlyFile(
            name: "pickle of ten million marks", file: "marks.pkl",
            content: { [0x80, 2] + [UInt8](repeating: 0x28, count: 10_000_000) }, read: { _ = try COCOItemList.load($0) }),
        CostlyFile(
            name: "pickle of ten million lists", file: "fold0.pkl",
            content: { [0x80, 2, 0x28] + [UInt8](repeating: 0x5D, count: 10_000_000) }, read: { _ = try COCOItemList.load($0) }),
    ]

    /// A file of PyTorch before 1.6 whose object is made by these instructions.
    private static func stream(_ instructions: [UInt8]) -> [UInt8] {
        let mark: [UInt8] = [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
        return mark + [0x80, 2, 0x4D, 0xE9, 3, 0x2E] + [0x80, 2, 0x7D, 0x2E] + [0x80, 2] + instructions
    }

    /// The number one, remembered under the name `key`.
    private static func remembered(_ key: Int) -> [UInt8] {
        [0x4B, 1, 0x72] + (0..<4).map { UInt8(truncatingIfNeeded: key >> (8 * $0)) }
    }

    private static var boxes: [[Int]] {
        (0..<100_000).map { [$0 % 3000, $0 % 2000, 3999 - $0 % 500, 2999 - $0 % 700] }
    }

    /// Points whose every line crosses the photo.
    private static var zigzag: [[Int]] { (0..<50_000).map { [$0 % 2 * 3900 + $0 % 7, $0 * 37 % 2900] } }

    private static func brackets(_ millions: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(ascii: "["), count: millions * 1_000_000)
    }

    private static func lists(_ millions: Int) -> [UInt8] {
        Array(String(repeating: "[],", count: millions * 1_000_000 / 3).utf8)
    }

    /// A safetensors file of a header alone.
    private static func header(_ text: [UInt8]) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
    }
}

extension Annotation {
    /// The pixels in the photo of ``CostlyFile``.
    fileprivate func rasterised() throws -> BinaryMask { try rasterised(height: 3000, width: 4000) }
}
