public import Foundation

/// Makes COCO-20i from COCO's photos and instances, 2014 or 2017: label maps by a named rule, lists and an index; its properties are
/// the settings of the manifest.
///
/// The folder holds `annotations/<part>/<photo>.png` with classes 1...80 as HSNet's folder does, photos beside them,
/// `splits/{trn,val}/fold{0..3}.txt` by the chosen convention, and `index.csv`. ``COCO20i`` opens it without the instances. Images are those with annotations.
public struct COCOBuild: DatasetBuild {
    public static var datasetName: String { "coco-20i" }
    public static var currentVersion: Int { 1 }

    /// The name of the dataset.
    public private(set) var dataset = datasetName
    /// The version of the rules.
    public private(set) var version = currentVersion
    /// The folder of the downloads.
    public var coco: String
    /// The release of the instances, 2014 or 2017; nil for 2014 where it is there and 2017 elsewhere.
    public var year: Int?
    /// The folder of lists to take along, such as HSNet's; nil for none.
    public var lists: String?
    /// How photos come into the folder.
    public var photos: PhotoPlacement
    /// How masks follow from annotations.
    public var maskRule: COCOMaskRule
    /// How the lists in the folder follow from the masks.
    public var listRule: COCOListRule
    /// The SHA-256 digests of the instances, by the names of their files; known once the build has begun.
    public private(set) var instances: [String: String] = [:]

    /// Names what the dataset is made of.
    ///
    /// - Precondition: the overlap of the rule for masks is not ``COCOMaskRule/Overlap/separate``, for label maps hold one class a pixel.
    public init(
        coco: String, year: Int? = nil, lists: String? = nil, photos: PhotoPlacement = .link,
        maskRule: COCOMaskRule = COCOMaskRule(), listRule: COCOListRule = COCOListRule()
    ) {
        precondition(maskRule.overlap != .separate, "COCOBuild: label maps hold one class a pixel")
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        self.coco = absolute(coco)
        self.year = year
        self.lists = lists.map(absolute)
        (self.photos, self.maskRule, self.listRule) = (photos, maskRule, listRule)
    }

    public func run(
        in folder: RunFolder, arguments: [String] = [], workers: Int = ProcessInfo.processInfo.activeProcessorCount,
        ranks: RunRanks = .alone, observe: @escaping RunObserver = { _ in }
    ) async throws -> BuildSummary {
        try await run(in: folder, arguments: arguments, workers: workers, ranks: ranks, cache: .user, observe: observe)
    }

    /// Builds everything.
    ///
    /// - Parameter cache: where indices of instances are kept; nil to parse them every time.
    /// - Throws: as ``DatasetBuild/run(in:arguments:workers:ranks:observe:)``; also ``DatasetError`` for instances that are not those with
    ///   which an earlier run began.
    public func run(
        in folder: RunFolder, arguments: [String] = [], workers: Int = ProcessInfo.processInfo.activeProcessorCount,
        ranks: RunRanks = .alone, cache: COCOIndexCache?, observe: @escaping RunObserver = { _ in }
    ) async throws -> BuildSummary {
        let start = Date()
        // Instances take minutes to parse; the other ranks of the machine find what the first one kept.
        let plan = try ranks.firstThenOthers { try COCOPlan(self, cache: cache) }
        let others = try lists.map { try COCOListFiles.found($0) } ?? []
        var settings = self
        (settings.year, settings.instances) = (plan.year, plan.digests)
        let manifest = RunManifest(command: Self.command, arguments: arguments, settings: settings, started: start)
        try plan.requireSame(manifest, at: ranks)
        folder.remarks.forEach { observe(.note($0)) }
        let found: BuildSummary? = try await folder.run(manifest, since: start) { remarks in
            var (index, refused) = try await plan.run(in: folder.url, workers: workers, ranks: ranks, observe: observe)
            guard ranks.isFirst else { return nil }
            refused = plan.problems + refused
            try COCOListFiles(index, rule: listRule, year: plan.year).write(to: folder.url)
            for list in others { try TextFile.write(list.bytes, to: folder.file(list.name)) }
            try index.write(to: folder.url)
            remarks += refused
            let sets = plan.sets.map { ($0, index.rows(of: $0).count) }
            return BuildSummary(images: index.rows.count, sets: Dictionary(uniqueKeysWithValues: sets), refused: refused)
        }
        return try ranks.fromFirst(found)
    }
}

/// How the lists of COCO-20i follow from its masks; every choice changes numbers and stands in names and manifests.
public struct COCOListRule: Sendable, Hashable, Codable {
    /// How the classes are cut.
    public var folds = COCOFolds.interleaved
    /// Pixels that a class needs in an image: 2048 in PFENet and BAM.
    public var minimumPixels = 2048
    /// Images that a class needs; classes with fewer are left out.
    public var minimumImages = 2
    /// Which training images are kept.
    public var novelImages = COCO20iOptions.NovelImages.keep

    /// The defaults of ``COCO20iOptions``.
    public init() {}

    /// That of the options.
    init(_ options: COCO20iOptions) {
        folds = options.folds
        minimumPixels = options.minimumPixels
        minimumImages = options.minimumImages
        novelImages = options.novelImages
    }

    /// The rule in words.
    var text: String {
        let novel = novelImages == .drop ? ", no novel class" : ""
        return "at least \(minimumPixels) px, \(minimumImages) images\(novel)"
    }

    /// The classes of a part of a fold.
    func classes(_ part: DatasetPart, fold: Int) -> [FewShotClass] {
        part == .training
            ? COCO20iClasses.baseClasses(fold: fold, folds: folds) : COCO20iClasses.novelClasses(fold: fold, folds: folds)
    }

    /// The pairs of a part of a fold: class after class, images in the order that they have, the form of HSNet's lists.
    ///
    /// - Parameter images: all images with the pixels of each class that they show.
    func items(_ part: DatasetPart, fold: Int, of images: some Sequence<(id: String, pixels: [Int: Int])>) -> [DatasetItem] {
        let wanted = Set(classes(part, fold: fold).map(\.id))
        let drops = part == .training && novelImages == .drop
        var byClass: [Int: [String]] = [:]
        for (id, pixels) in images {
            if drops, pixels.keys.contains(where: { !wanted.contains($0) }) { continue }
            for (classID, count) in pixels where count >= minimumPixels && wanted.contains(classID) {
                byClass[classID, default: []].append(id)
            }
        }
        let kept = byClass.filter { $0.value.count >= minimumImages }.sorted { $0.key < $1.key }
        return kept.flatMap { classID, ids in ids.map { DatasetItem(id: $0, classID: classID) } }
    }
}
