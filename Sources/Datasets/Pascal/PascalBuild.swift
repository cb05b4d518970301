public import Foundation

/// Makes PASCAL-5i from VOC 2012 and SBD: masks, lists and an index in a run folder in VOC layout; its fields are the settings of
/// the manifest.
///
/// An image has VOC's own labels where there are some, else SBD's. Training images are SBD's without VOC's `val` and VOC's `train`
/// (`trainaug`), and those of them that SBD trains on (`merge`); test images are VOC's `val`. Every file is written whole, and what
/// is there already stays, so that a build that was killed goes on and ends with the same bytes.
public struct PascalBuild: DatasetBuild {
    public static var datasetName: String { "pascal-5i" }
    public static var currentVersion: Int { 1 }

    /// The name of the dataset.
    public private(set) var dataset = datasetName
    /// The version of the rules.
    public private(set) var version = currentVersion
    /// The folder of VOC 2012.
    public var voc: String
    /// The folder of SBD, or of label maps made of it.
    public var sbd: String
    /// The folder of lists to take along, such as HSNet's; nil for none.
    public var lists: String?
    /// How photos come into the folder.
    public var photos: PhotoPlacement
    /// How lists follow from the masks.
    public var rule: PascalListRule

    /// Names what the dataset is made of.
    public init(
        voc: String, sbd: String, lists: String? = nil, photos: PhotoPlacement = .link, rule: PascalListRule = PascalListRule()
    ) {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        self.voc = absolute(voc)
        self.sbd = absolute(sbd)
        self.lists = lists.map(absolute)
        self.photos = photos
        self.rule = rule
    }

    public func run(
        in folder: RunFolder, arguments: [String] = [], workers: Int = ProcessInfo.processInfo.activeProcessorCount,
        ranks: RunRanks = .alone, observe: @escaping RunObserver = { _ in }
    ) async throws -> BuildSummary {
        let start = Date()
        let plan = try PascalPlan(self)
        let others = try lists.map { try PascalListFiles.found($0) } ?? []
        let manifest = RunManifest(command: Self.command, arguments: arguments, settings: self, started: start)
        try plan.requireSame(manifest, at: ranks)
        folder.remarks.forEach { observe(.note($0)) }
        let found: BuildSummary? = try await folder.run(manifest, since: start) { remarks in
            let (index, refused) = try await plan.run(in: folder.url, workers: workers, ranks: ranks, observe: observe)
            guard ranks.isFirst else { return nil }
            try PascalListFiles(index, rule: rule).write(to: folder.url)
            for list in others { try TextFile.write(list.bytes, to: folder.file(list.name)) }
            try index.write(to: folder.url)
            remarks += refused
            let sets = PascalPlan.sets.map { ($0, index.rows(of: $0).count) }
            return BuildSummary(images: index.rows.count, sets: Dictionary(uniqueKeysWithValues: sets), refused: refused)
        }
        return try ranks.fromFirst(found)
    }
}
