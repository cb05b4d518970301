internal import Foundation
internal import TensorCore

/// Where classes are in COCO's images.
protocol COCOLabels: Sendable {
    /// How masks came about, for manifests.
    var rule: String { get }
    /// Whether an image has labels, by its id.
    func has(_ id: String) -> Bool
    /// Where the labels of an image are, for messages.
    func place(_ id: String) -> String
    func mask(of classID: Int, in id: String) throws -> ClassMask
    func classMap(of id: String) throws -> ClassMap
    func classIDs(in id: String) throws -> Set<Int>
    /// The pixels of every class that an image shows.
    func pixelCounts(_ id: String) throws -> [Int: Int]
    /// Adds everything that masks depend on.
    func digest(_ id: String, into hash: inout SHA256) throws
}

/// Masks from the annotations of instances files.
struct COCOInstanceLabels: COCOLabels {
    /// That of the part first, then that of the other one: photos of 2014's val are in both parts of 2017.
    let indices: [COCOIndex]
    let maskRule: COCOMaskRule

    var rule: String { maskRule.description }

    private func found(_ id: String) -> (index: COCOIndex, position: Int)? {
        guard let number = COCOPhotos.number(id) else { return nil }
        for index in indices {
            if let position = index.position(of: number) { return (index, position) }
        }
        return nil
    }

    func has(_ id: String) -> Bool { found(id) != nil }

    func place(_ id: String) -> String { "annotations of \(id) in \(indices.first?.file ?? "")" }

    private func required(_ id: String) throws(DatasetError) -> (index: COCOIndex, position: Int) {
        guard let found = found(id) else {
            throw DatasetError(
                file: indices.map(\.file).joined(separator: ", "), found: "no image \(id)", expected: "the images of the list",
                advice: "check that instances and list are of the same release")
        }
        return found
    }

    private func painter(_ id: String) throws(DatasetError) -> COCOPainter {
        let (index, position) = try required(id)
        let annotations = try index.annotations(at: position)
        return COCOPainter(annotations, of: index.image(at: position), rule: maskRule, classes: COCO20iClasses.classIDs)
    }

    func mask(of classID: Int, in id: String) throws -> ClassMask { try painter(id).mask(of: classID) }

    func classMap(of id: String) throws -> ClassMap { try painter(id).classMap() }

    func classIDs(in id: String) throws -> Set<Int> { Set(try painter(id).pixelCounts().keys) }

    func pixelCounts(_ id: String) throws -> [Int: Int] { try painter(id).pixelCounts() }

    func digest(_ id: String, into hash: inout SHA256) throws {
        let (index, position) = try required(id)
        hash.update(Array(rule.utf8))
        for annotation in try index.annotations(at: position) {
            hash.update(Array("\(annotation.category) \(annotation.isCrowd) \(annotation.area) \(annotation.segmentation)".utf8))
        }
    }
}

/// Masks from a folder of PNGs with a class id of 1...80 a pixel, 0 for background, 255 for void.
struct COCOPictureLabels: COCOLabels {
    let folder: URL
    /// How the maps were made; nil where nobody knows.
    var maskRule: COCOMaskRule?

    /// Void of a map holds for every class, that of instances for its own.
    var rule: String {
        guard let maskRule else { return "label maps of \(folder.lastPathComponent)" }
        return maskRule.description + (maskRule.crowds == .void ? ", void for every class" : "")
    }

    /// `annotations/val2014/COCO_val2014_000000507081.png`, or without the folder of the part.
    private func file(_ id: String) -> URL? {
        let stem = id.hasSuffix(".jpg") ? String(id.dropLast(4)) : id
        let places = [stem, String(stem.split(separator: "/").last ?? "")]
        return places.map { folder.appendingPathComponent($0 + ".png") }.first { FileBytes.exists($0) }
    }

    func has(_ id: String) -> Bool { file(id) != nil }

    func place(_ id: String) -> String { file(id)?.path ?? folder.appendingPathComponent(id).path }

    private func labels(_ id: String) throws -> LabelMap {
        guard let file = file(id) else {
            throw DatasetError(
                file: folder.path, found: "no label map of \(id)", expected: "a PNG for every image of the list",
                advice: "complete the folder")
        }
        let labels = try LabelMap.load(file)
        guard let wrong = labels.classIDs.max(), wrong > COCO20iClasses.classes.count else { return labels }
        throw DatasetError(
            file: file.path, found: "the class \(wrong)", expected: "classes 1...80, 0 for background, 255 for void",
            advice: "number the classes in COCO's order without gaps, as HSNet's label maps do")
    }

    func mask(of classID: Int, in id: String) throws -> ClassMask { try labels(id).classMask(ofClass: classID) }

    func classMap(of id: String) throws -> ClassMap { try labels(id).classMap }

    func classIDs(in id: String) throws -> Set<Int> { try labels(id).classIDs }

    func pixelCounts(_ id: String) throws -> [Int: Int] {
        var counts = [Int](repeating: 0, count: 256)
        for value in try labels(id).values { counts[Int(value)] += 1 }
        return Dictionary(uniqueKeysWithValues: (1..<255).filter { counts[$0] > 0 }.map { ($0, counts[$0]) })
    }

    func digest(_ id: String, into hash: inout SHA256) throws {
        guard let file = file(id) else { return }
        hash.update(try ImageFile.bytes(of: file))
    }
}
