public import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// Segments photos, given annotated ones or concepts.
public struct PredictionRun: Sendable {
    /// The results as they come, a line a photo.
    public static let recordsName = "results.jsonl"

    /// The annotated photos; empty where ``concepts`` are asked for.
    public var supports: [SupportChoice]
    /// What is looked for, in place of ``supports``: several concepts share one pass over each photo.
    public var concepts: [ConceptChoice] = []
    /// Names that are looked for, in place of ``supports``.
    public var words: WordChoice?
    /// The photos to segment.
    public var queries: [QueryPhoto]
    /// The model, for a run that can be continued; nil for one that did not come from files.
    public var model: ModelChoice?
    /// How masks are drawn where it is not as the checkpoint says.
    public var sampling: SamplingChoice
    /// Probabilities from here on are foreground.
    public var threshold: Float
    /// Photos whose ``PredictionRecord/presence`` is lower get an empty mask: the thing is not there. Nil to segment all.
    public var absentBelow: Float?
    /// What looks at several concepts with one sample, so that the whole ensemble draws only those that it finds; nil to draw all. It
    /// changes nothing for a single concept.
    public var firstLook: FirstLookChoice?
    /// Whether pixels or whole things are decided where concepts meet.
    public var overlap = OverlapRule.pixels
    /// Whether what the model saw is drawn, too.
    public var explains: Bool
    /// Whether the walk from noise to mask, and error maps of the result at three levels of noise, are drawn, too.
    public var figures = false
    /// What makes masks of boxes, strokes and points first; nil to show the model the annotations as they are. The masks are written
    /// to the folder `supports`.
    public var masker: SupportMaskerChoice?
    /// How single things are told apart.
    public var instances = InstanceFinder()
    /// Whether the single things are cut out, too, into the folder `crops`.
    public var crops = false
    /// How photos are parted for things that are small in them; nil to look at the whole.
    public var tiling: PhotoTiling?
    /// How the frames of a video help each other, which ``queries`` are in their order (`[QueryPhoto].inFrameOrder()`); nil for photos that
    /// stand alone.
    public var video: VideoTracking?
    /// The side of the square that photos are resized to for the backbone; nil for the checkpoint's. Work grows with its square.
    public var resolution: Int?
    /// Where prototypes of concepts are kept by content.
    public var features = FeatureStore(memory: 0)
    /// What was noticed when the photos were found, for the manifest.
    public var remarks: [String] = []
    /// What an earlier part of the run settled, for one that is continued.
    var earlier: EarlierPrediction?

    /// Names what is shown and what is asked.
    public init(
        supports: [SupportChoice], queries: [QueryPhoto], model: ModelChoice? = .shipped,
        sampling: SamplingChoice = SamplingChoice(), threshold: Float = 0.5, absentBelow: Float? = nil, explains: Bool = false
    ) {
        self.supports = supports
        self.queries = queries
        self.model = model
        self.sampling = sampling
        self.threshold = threshold
        self.absentBelow = absentBelow
        self.explains = explains
    }

    /// Segments all queries, as ``summary(in:compute:arguments:with:ranks:observe:each:)``.
    ///
    /// - Returns: a record a query, in their order.
    /// - Throws: as there.
    public func run(
        in folder: RunFolder, compute: ComputeSettings = ComputeSettings(), arguments: [String] = [],
        with loaded: LoadedModel? = nil, observe: @escaping RunObserver = { _ in }
    ) async throws -> [PredictionRecord] {
        var records: [PredictionRecord] = []
        _ = try await summary(in: folder, compute: compute, arguments: arguments, with: loaded, observe: observe) {
            records.append($0)
        }
        return records
    }

    /// Segments all queries. Masks, overlays and probabilities of a photo, and its line in `results.jsonl`, are there as soon as it is
    /// done; what goes wrong with one of several photos is its record's ``PredictionRecord/error``. `summary.json` says what became of
    /// all, however the run ends. Photos are read ahead of the model; a few are in memory, however many there are.
    ///
    /// - Parameters:
    ///   - folder: for the results. What was done stays there, however the run ends.
    ///   - compute: how it computes.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - loaded: the model; nil to load ``model``, once the supports were read.
    ///   - ranks: the processes that share the photos; all of them make the same call. Each writes its photos' files, the first one all else.
    ///   - observe: hears of progress, at the first rank.
    ///   - each: takes every photo's record, in the order of ``queries``, those of an earlier part of the run included; at the first rank.
    /// - Throws: `CancellationError` within one sampling step when the task was cancelled; errors of supports, of the model, and of
    ///   the log of results.
    public func summary(
        in folder: RunFolder, compute: ComputeSettings = ComputeSettings(), arguments: [String] = [],
        with loaded: LoadedModel? = nil, ranks: RunRanks = .alone, observe: @escaping RunObserver = { _ in },
        each: (PredictionRecord) -> Void
    ) async throws -> PredictionSummary {
        let start = Date()
        try checkParts()
        try checkVideo(ranks)
        let look = try firstLook?.look()
        let read = try supports.map { try $0.loadWithRemarks() }
        let concepts = try ConceptChoice.load(concepts)
        let (shown, remarks) = (read.map(\.0), remarks + read.flatMap(\.1))
        (folder.remarks + remarks).forEach { observe(.note($0)) }
        // A single photo that cannot be read is a mistake in the call, before anything is written.
        let only = queries.count == 1 ? try QueryContent(queries[0].url) : nil
        guard var loaded = try loaded ?? load(compute) else {
            throw RunError.conflict("found no model, expected one that is loaded or one from files.")
        }
        let wordFile = try words?.join(&loaded, cacheCapacity: cacheCapacity)
        loaded.backbones.flatMap(\.remarks).forEach { observe(.note($0)) }
        let places = read.flatMap(\.2) + self.concepts.map(\.url) + (masker.map { [URL(fileURLWithPath: $0.file)] } ?? [])
        let files = try places.map { try FileRecord($0) } + (wordFile.map { [$0] } ?? [])
        var manifest = try manifest(loaded, concepts, files, compute, arguments, start)
        manifest.remarks = remarks
        try earlier?.check(manifest).forEach { observe(.note($0)) }
        let masker = try masker?.masker(compute)
        try ranks.requireSame(manifest)
        return try await folder.run(manifest, since: start) { _ in
            let shown = try shown.enumerated().map { try prepared($1, number: $0 + 1, by: masker, in: folder) }
            let finder = try finder(loaded.model, shown, concepts)
            if let remark = features.remark { observe(.note(remark)) }
            let episode = try explains || figures ? (concepts.first.map { try $0.decodedSupports() } ?? shown) : []
            let work = PredictionWork(
                run: self, finder: finder, isNamed: !concepts.isEmpty || words != nil, model: loaded.model, look: look,
                supports: episode, folder: folder)
            return try await segmented(by: work, only, ranks, since: start, observe, each)
        }
    }

    private func finder(_ model: DiffUp, _ shown: [Support], _ concepts: [Concept]) throws -> ConceptFinder {
        if let words { return ConceptFinder(model, words: words.names) }
        guard concepts.isEmpty else { return try ConceptFinder(model, concepts: concepts, store: features) }
        return try ConceptFinder(model, shown: [(className, shown)])
    }

    /// What the supports show, where they say it.
    var className: String {
        let names = Set(supports.compactMap(\.className))
        return names.count == 1 ? names.first ?? PredictionExport.standardClass : PredictionExport.standardClass
    }

    private func checkParts() throws(RunError) {
        try words?.validate()
        guard [!supports.isEmpty, !concepts.isEmpty, words != nil].count(where: { $0 }) == 1 else {
            throw .conflict(
                "found \(supports.count) supports, \(concepts.count) concepts and \(words?.names.count ?? 0) words, expected one kind."
            )
        }
        guard !(explains || figures) || (max(concepts.count, words?.names.count ?? 0) < 2 && tiling == nil) else {
            throw .conflict(
                "--explain and --figures draw one concept in whole photos: leave out --tiles, and all concepts but one.")
        }
        guard masker == nil || !supports.isEmpty else {
            throw .conflict("--sam makes masks of supports; a concept gets them when it is made: fss concept create --sam.")
        }
    }

    /// Prototypes are kept beside; only whoever explains asks for them photo by photo, a frame is looked back at once, and every word looks
    /// into the photo for itself.
    private var cacheCapacity: Int { explains || figures || video != nil || words != nil ? 64 << 20 : 0 }

    private func load(_ compute: ComputeSettings) throws -> LoadedModel? {
        guard
            var loaded = try model?.load(
                sampling: sampling, compute: compute, cacheCapacity: cacheCapacity, judgesPresence: true)
        else { return nil }
        guard let resolution else { return loaded }
        guard (32...2048).contains(resolution) else {
            throw RunError.setting("resolution", found: "\(resolution)", expected: "32...2048 pixels")
        }
        for backbone in loaded.backbones {
            let legal = backbone.backbone.inputRule.side(near: resolution)
            guard legal == resolution else {
                let name = backbone.description.name
                throw RunError.setting(
                    "resolution", found: "\(resolution)", expected: "\(legal), the nearest that \(name) takes")
            }
        }
        loaded.configuration.imageSize = resolution
        loaded.model = try loaded.model.with(cacheCapacity: cacheCapacity) { $0.imageSize = resolution }
        return loaded
    }

    /// A support as the model is shown it; a mask that was made for it is drawn.
    private func prepared(
        _ support: Support, number: Int, by masker: (any SupportMasker)?, in folder: RunFolder
    ) throws -> Support {
        guard let masker else { return support }
        let prepared = try masker.prepared(support)
        if case .mask(let mask) = prepared.annotation, support.annotation.kind != .mask, folder.isOwned {
            try mask.save(to: folder.file("supports/\(number).png"))
            try ImageFile.save(support.image.overlaid(with: mask), to: folder.file("supports/\(number).jpg"))
        }
        return prepared
    }

    private func manifest(
        _ loaded: LoadedModel, _ concepts: [Concept], _ files: [FileRecord], _ compute: ComputeSettings, _ arguments: [String],
        _ start: Date
    ) throws -> RunManifest<PredictionSettings> {
        let chosen = zip(self.concepts, concepts).map { choice, concept in
            PredictionSettings.ChosenConcept(name: concept.name, path: choice.path, digest: concept.digest)
        }
        let settings = PredictionSettings(
            supports: supports, concepts: chosen.isEmpty ? nil : chosen, words: words,
            files: files,
            workingFolder: FileManager.default.currentDirectoryPath, queries: queries, model: model,
            sampling: loaded.configuration.sampling, threshold: threshold, absentBelow: absentBelow,
            explains: explains, figures: figures ? true : nil, masker: masker,
            presence: loaded.model.parts.presence, firstLook: firstLook, overlap: overlap == .pixels ? nil : overlap,
            instances: instances == InstanceFinder() ? nil : instances,
            crops: crops ? true : nil, tiling: tiling,
            resolution: resolution, video: video)
        return RunManifest(
            command: "predict", arguments: arguments, compute: ComputeRecord(compute),
            backbones: loaded.backbones.map { BackboneRecord($0) }, checkpoints: [loaded.checkpoint], settings: settings,
            started: start)
    }
}
