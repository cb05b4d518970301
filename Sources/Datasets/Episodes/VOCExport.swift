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
    public var count: Int { Shapes5i.Split.allCases.reduce(0) { $0 + count(of: $1) } }

    /// The number of images of a part of all folds.
    func count(of split: Shapes5i.Split) -> Int { folds.reduce(0) { $0 + shapes.ids(split: split, fold: $1).count } }

    /// Writes everything into `folder`, which exists.
    ///
    /// Photos are PNG, so that they are the drawn ones bit for bit.
    ///
    /// - Parameters:
    ///   - folder: exists; files of the same names are replaced.
    ///   - keepsImages: whether images that are there, of the same drawing, stay.
    ///   - workers: images that are drawn at once, at each rank.
    ///   - communicator: who shares the images: each is drawn by one rank; the first writes the lists.
    ///   - observe: called at the first rank after every image; an error that it throws ends the export.
    /// - Throws: ``ImageError`` and ``DatasetError`` for files that cannot be written, `CancellationError` when the task was
    ///   cancelled, `CommunicationError`, what `observe` throws.
    public func write(
        to folder: URL, keepsImages: Bool = false, workers: Int = PrefetchWorkers.standard,
        sharedBy communicator: any Communicator = SingleProcess(), observe: @escaping (WorkProgress) throws -> Void = { _ in }
    ) async throws {
        for name in ["JPEGImages", "SegmentationClass", "splits/trn", "splits/val"] {
            try Folder.create(folder.appendingPathComponent(name))
        }
        let lists = folds.flatMap { fold in
            Shapes5i.Split.allCases.map {
                (file: "splits/\($0.rawValue)/fold\(fold).txt", ids: shapes.ids(split: $0, fold: fold))
            }
        }
        let ids = lists.flatMap(\.ids)
        let clock = WorkClock(total: ids.count)
        var done = 0
        try await SharedWork(communicator, count: ids.count).run(ids.count) { block, deliver in
            let drawn = PrefetchSequence(count: block.count, workers: workers) { place in
                try draw(ids[block.lowerBound + place], in: folder, keepsImages)
            }
            try await drawn.forEachBatch(of: 1) { place, _ in try deliver(block.lowerBound + place, true) }
        } deliver: { (_: Int, _: Bool) in
            done += 1
            try observe(clock.progress(done))
        } isDone: {
            done == ids.count
        }
        guard communicator.isFirst else { return }
        let classes = Shapes5i.classNames.enumerated().map { "\($0.offset + 1) \($0.element)\n" }
        try TextFile.write("0 background\n" + classes.joined(), to: folder.appendingPathComponent("classes.txt"))
        for list in lists {
            let lines = list.ids.map { "\($0)__\($0.classID)\n" }
            try TextFile.write(lines.joined(), to: folder.appendingPathComponent(list.file))
        }
    }

    private func draw(_ id: Shapes5i.ID, in folder: URL, _ keepsImages: Bool) throws {
        let photo = folder.appendingPathComponent("JPEGImages/\(id).png")
        let labels = folder.appendingPathComponent("SegmentationClass/\(id).png")
        if keepsImages, [photo, labels].allSatisfy({ (try? ImageFile.header($0)) != nil }) { return }
        let drawn = shapes.render(id)
        try ImageFile.save(drawn.image, to: photo)
        try drawn.labels.save(to: labels)
    }
}
