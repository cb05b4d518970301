public import Foundation
internal import TensorCore

/// Makes PASCAL-5i from VOC 2012 and SBD: masks, lists and an index in a run folder in VOC layout; its fields are the settings of
/// the manifest.
///
/// An image has VOC's own labels where there are some, else SBD's. Training images are SBD's without VOC's `val` and VOC's `train`
/// (`trainaug`), and those of them that SBD trains on (`merge`); test images are VOC's `val`. Every file is written whole, and what
/// is there already stays, so that a build that was killed goes on and ends with the same bytes.
public struct PascalBuild: Codable, Hashable, Sendable {
    /// How photos come into the folder.
    public enum Photos: String, Codable, Hashable, Sendable, CaseIterable {
        /// Symbolic links to the downloads.
        case link
        /// Copies.
        case copy
    }

    /// The command, as the manifest names it.
    public static let command = "data build"

    /// The name of the dataset.
    public private(set) var dataset = "pascal-5i"
    /// The version of the rules.
    public private(set) var version = 1
    /// The folder of VOC 2012.
    public var voc: String
    /// The folder of SBD, or of label maps made of it.
    public var sbd: String
    /// The folder of lists to take along, such as HSNet's; nil for none.
    public var lists: String?
    /// How photos come into the folder.
    public var photos: Photos
    /// How lists follow from the masks.
    public var rule: PascalListRule

    /// Names what the dataset is made of.
    public init(
        voc: String, sbd: String, lists: String? = nil, photos: Photos = .link, rule: PascalListRule = PascalListRule()
    ) {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        self.voc = absolute(voc)
        self.sbd = absolute(sbd)
        self.lists = lists.map(absolute)
        self.photos = photos
        self.rule = rule
    }

    /// Reads what an earlier build into a folder was asked for.
    ///
    /// - Throws: ``RunError`` for a folder that holds no build of PASCAL.
    public static func resuming(_ folder: RunFolder) throws(RunError) -> PascalBuild {
        let file = folder.url.appendingPathComponent(RunFolder.manifestName)
        let read = try? RunJSON.decode(RunManifest<PascalBuild>.self, from: Data(contentsOf: file))
        guard let read, read.settings.dataset == "pascal-5i", read.settings.version == 1 else {
            throw .file(
                file.path, found: "no build of pascal5i", expected: "the folder of one that was interrupted",
                advice: "check --resume")
        }
        return read.settings
    }

    /// What a build leaves behind.
    public struct Summary: Sendable, Hashable, Codable {
        /// Images in the index.
        public var images = 0
        /// Images by list: `train`, `val`, `trainaug`, `merge`.
        public var sets: [String: Int] = [:]
        /// Images that were left out and why, a line each.
        public var refused: [String] = []
    }

    /// Builds everything.
    ///
    /// An image whose photo or labels are missing, damaged or do not fit each other is left out of the index and of all lists; the
    /// rest goes on.
    ///
    /// - Parameters:
    ///   - folder: for the dataset.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - workers: images that are worked on at once.
    ///   - observe: hears of progress.
    /// - Throws: `CancellationError` when the task was cancelled; ``DatasetError`` for downloads that are not there, and files that
    ///   cannot be written.
    public func run(
        in folder: RunFolder, arguments: [String] = [], workers: Int = ProcessInfo.processInfo.activeProcessorCount,
        observe: RunObserver = { _ in }
    ) async throws -> Summary {
        let start = Date()
        let plan = try PascalPlan(self)
        let others = try lists.map { try PascalListFiles.found($0) } ?? []
        let manifest = RunManifest(command: Self.command, arguments: arguments, settings: self, started: start)
        folder.remarks.forEach { observe(.note($0)) }
        return try await folder.run(manifest, since: start) { remarks in
            for name in ["JPEGImages", "SegmentationClass"] { try Folder.create(folder.url.appendingPathComponent(name)) }
            let clock = RunClock("building", total: plan.images.count)
            var (rows, refused): ([PascalIndex.Row], [String]) = ([], [])
            try await Self.each(plan.images, workers: max(workers, 1)) {
                try plan.build($0, in: folder.url)
            } done: { count, row in
                switch row {
                case .success(let row): rows.append(row)
                case .failure(let error): refused.append("\(error)")
                }
                observe(.progress(clock.progress(count)))
            }
            let index = PascalIndex(rows: rows)
            try PascalListFiles(index, rule: rule).write(to: folder.url)
            for list in others { try TextFile.write(list.bytes, to: folder.file(list.name)) }
            try index.write(to: folder.url)
            refused.sort()
            remarks += refused
            let sets = PascalPlan.sets.map { ($0, index.rows(of: $0).count) }
            return Summary(images: index.rows.count, sets: Dictionary(uniqueKeysWithValues: sets), refused: refused)
        }
    }

    /// Works on items at once; what becomes of each is told in the order in which they are done. Errors of the place to write end
    /// the work, others are told.
    private static nonisolated(nonsending) func each<Item: Sendable, Result: Sendable>(
        _ items: [Item], workers: Int, _ work: @escaping @Sendable (Item) throws -> Swift.Result<Result, DatasetError>,
        done: (Int, Swift.Result<Result, DatasetError>) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Swift.Result<Result, DatasetError>.self) { group in
            var (next, finished) = (0, 0)
            while next < min(workers, items.count) {
                let item = items[next]
                group.addTask { try work(item) }
                next += 1
            }
            while let result = try await group.next() {
                try Task.checkCancellation()
                finished += 1
                done(finished, result)
                guard next < items.count else { continue }
                let item = items[next]
                group.addTask { try work(item) }
                next += 1
            }
        }
    }
}
