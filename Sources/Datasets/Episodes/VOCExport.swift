public import Foundation
public import TensorCore

/// Writes a drawn dataset as a VOC folder with lists: `JPEGImages`, `SegmentationClass`, `splits/{trn,val}/fold*.txt`,
/// `classes.txt`.
public struct VOCExport: Sendable {
    /// The dataset.
    public let shapes: Shapes5i
    /// Which folds are written.
    public let folds: [Int]

    /// An export of some folds.
    public init(_ shapes: Shapes5i, folds: [Int] = Array(0..<Shapes5i.foldCount)) {
        self.shapes = shapes
        self.folds = folds
    }

    /// The number of images.
    public var count: Int {
        folds.reduce(0) { sum, fold in sum + Shapes5i.Split.allCases.reduce(0) { $0 + shapes.ids(split: $1, fold: fold).count } }
    }

    /// Writes everything into `folder`, which exists.
    ///
    /// Photos are PNG, so that they are the drawn ones bit for bit.
    ///
    /// - Parameters:
    ///   - folder: exists; files of the same names are replaced.
    ///   - observe: called after every image; an error that it throws ends the export.
    /// - Throws: ``ImageError`` and ``DatasetError`` for files that cannot be written, `CancellationError` when the task was
    ///   cancelled, what `observe` throws.
    public nonisolated(nonsending) func write(to folder: URL, observe: (WorkProgress) async throws -> Void = { _ in })
        async throws
    {
        for name in ["JPEGImages", "SegmentationClass", "splits/trn", "splits/val"] {
            try Folder.create(folder.appendingPathComponent(name))
        }
        let clock = WorkClock(total: count)
        let classes = Shapes5i.classNames.enumerated().map { "\($0.offset + 1) \($0.element)\n" }
        try TextFile.write("0 background\n" + classes.joined(), to: folder.appendingPathComponent("classes.txt"))
        var done = 0
        for fold in folds {
            for split in Shapes5i.Split.allCases {
                let ids = shapes.ids(split: split, fold: fold)
                for id in ids {
                    try Task.checkCancellation()
                    let drawn = shapes.render(id)
                    try ImageFile.save(drawn.image, to: folder.appendingPathComponent("JPEGImages/\(id).png"))
                    try drawn.labels.save(to: folder.appendingPathComponent("SegmentationClass/\(id).png"))
                    done += 1
                    try await observe(clock.progress(done))
                }
                let lines = ids.map { "\($0)__\($0.classID)\n" }
                try TextFile.write(lines.joined(), to: folder.appendingPathComponent("splits/\(split.rawValue)/fold\(fold).txt"))
            }
        }
    }
}
