public import Foundation

/// A folder of label maps that somebody's network wrote: one PNG a photo, one class a pixel.
public struct PredictedLabels: Sendable {
    /// Which number stands for which class.
    public enum ClassOrder: String, Sendable, Hashable, Codable, CaseIterable {
        /// The dataset's ids.
        case dataset
        /// The base classes from 1 on, then the novel ones, each in the dataset's order: what networks of CAPL, DIaM and POP count.
        case baseFirst = "base-first"
    }

    /// Where they lie.
    public let folder: URL
    /// The class of every value; ``ClassMap/void`` for none.
    private let classes: [Int32]
    private let expected: String
    private let order: ClassOrder

    /// Opens a folder.
    ///
    /// - Throws: ``DatasetError`` for one that is not there.
    public init(folder: URL, view: GFSSView, order: ClassOrder = .dataset) throws(DatasetError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw DatasetError(
                file: folder.path, found: isFolder.boolValue ? "nothing" : "no such folder", expected: "a folder of label PNGs",
                advice: "check --predictions")
        }
        let background = [Int(ClassMap.background)]
        let named = background + (view.baseClasses + view.novelClasses).map(\.id)
        let ids = order == .dataset ? view.classIDs : named
        var classes = [Int32](repeating: ClassMap.void, count: 256)
        for (place, id) in ids.enumerated() {
            let value = order == .dataset ? id : place
            if classes.indices.contains(value) { classes[value] = Int32(id) }
        }
        (self.folder, self.classes, self.order) = (folder, classes, order)
        expected = "0...\(order == .dataset ? ids.max() ?? 0 : ids.count - 1), \(order.rawValue) order"
    }

    /// The names that the file of an image may have, the first that exists is meant.
    private static func names(_ id: String) -> [String] {
        let stem = PhotoRule.stem(id)
        let last = String(stem.split(separator: "/").last ?? "")
        return [stem, last].uniqued.flatMap { ["\($0).png", "\($0).PNG"] }
    }

    /// Where the prediction of an image is; nil where there is none.
    public func file(_ id: String) -> URL? {
        Self.names(id).lazy.map { folder.appendingPathComponent($0) }.first { FileBytes.exists($0) }
    }

    /// The prediction of an image, by the dataset's ids.
    ///
    /// - Parameters:
    ///   - id: the image.
    ///   - truth: its labels; a prediction has their size, and a class for every pixel that is not void there.
    ///   - space: where both are compared; a prediction may have the size of a square or a canvas, too.
    /// - Throws: ``DatasetError`` for a missing file, another size, and a value that is no class; ``ImageError`` for a file that is no
    ///   PNG of indices.
    public func map(_ id: String, truth: ClassMap, space: IoUSpace = .original) throws -> ClassMap {
        guard let file = file(id) else {
            throw DatasetError(
                file: folder.appendingPathComponent(Self.names(id)[0]).path, found: "no such file",
                expected: "the prediction of \(id)", advice: "predict all test images, or name those left out with --supports")
        }
        let found = try LabelMap.load(file)
        let sides = [(truth.height, truth.width)] + (space.side.map { [($0, $0)] } ?? [])
        guard sides.contains(where: { $0 == (found.height, found.width) }) else {
            throw DatasetError(
                file: file.path, found: "\(found.width)x\(found.height) pixels",
                expected: "those of the photo, \(truth.width)x\(truth.height)",
                advice:
                    "resize predictions to the photo by nearest neighbour, or name the square or canvas that they have with --iou-space"
            )
        }
        let map = ClassMap(height: found.height, width: found.width, values: found.values.map { classes[Int($0)] })
        let counted = space.labels(truth)
        // A file that does not have the photo's size is in the space already.
        let isPhoto = (truth.height, truth.width) == (found.height, found.width)
        let result = isPhoto ? space.labels(map) : map
        if let pixel = result.values.indices.first(where: { result.values[$0] < 0 && counted.values[$0] >= 0 }) {
            let value = (isPhoto ? space.labels(found) : found).values[pixel]
            throw DatasetError(
                file: file.path, place: "column \(pixel % result.width), row \(pixel / result.width)",
                found: value == LabelMap.ignore ? "void (255)" : "the class \(value)", expected: expected,
                advice: "give every pixel a class; networks of CAPL, DIaM and POP count with --class-order base-first")
        }
        return result
    }

    /// Files of the folder that belong to none of the images: a sign of another list.
    func strangers(to ids: [String]) -> [String] {
        let known = Set(ids.flatMap(Self.names).map { $0.lowercased() })
        let entries = (try? FolderListing.entries(folder)) ?? []
        return entries.map(\.name).filter { $0.lowercased().hasSuffix(".png") && !known.contains($0.lowercased()) }
    }
}
