public import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// Segments photos, given annotated ones.
public struct PredictionRun: Sendable {
    /// The results as they come, a line a photo.
    public static let recordsName = "results.jsonl"

    /// The annotated photos.
    public var supports: [SupportChoice]
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
    /// Whether what the model saw is drawn, too.
    public var explains: Bool
    /// Whether the walk from noise to mask, and error maps of the result at three levels of noise, are drawn, too.
    public var figures = false
    /// What makes masks of boxes, strokes and points first; nil to show the model the annotations as they are. The masks are written
    /// to the folder `supports`.
    public var masker: SupportMaskerChoice?
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

    /// Segments all queries. Masks, overlays and probabilities of a photo, and its line in `results.jsonl`, are there as soon as it is
    /// done; what goes wrong with one of several photos is its record's ``PredictionRecord/error``.
    ///
    /// - Parameters:
    ///   - folder: for the results. What was done stays there, however the run ends.
    ///   - compute: how it computes.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - loaded: the model; nil to load ``model``, once the supports were read.
    ///   - ranks: the processes that share the photos; all of them make the same call. Each writes its photos' files, the first one all else.
    ///   - observe: hears of progress, at the first rank.
    /// - Returns: a record a query, in their order, the same at every rank.
    /// - Throws: `CancellationError` within one sampling step when the task was cancelled; errors of supports, of the model, and of
    ///   the log of results.
    public func run(
        in folder: RunFolder, compute: ComputeSettings = ComputeSettings(), arguments: [String] = [],
        with loaded: LoadedModel? = nil, ranks: RunRanks = .alone, observe: @escaping RunObserver = { _ in }
    ) async throws -> [PredictionRecord] {
        let start = Date()
        let read = try supports.map { try $0.loadWithRemarks() }
        let (shown, remarks) = (read.map(\.0), remarks + read.flatMap(\.1))
        (folder.remarks + remarks).forEach { observe(.note($0)) }
        // A single photo that cannot be read is a mistake in the call, before anything is written.
        let only = queries.count == 1 ? try ImageFile.loadIdentified(queries[0].url) : nil
        // Supports come again with every query, queries do not.
        let capacity = 64 << 20
        guard let loaded = try loaded ?? model?.load(sampling: sampling, compute: compute, cacheCapacity: capacity) else {
            throw RunError.conflict("found no model, expected one that is loaded or one from files.")
        }
        loaded.backbone.remarks.forEach { observe(.note($0)) }
        let files = read.flatMap(\.2) + (masker.map { [URL(fileURLWithPath: $0.file)] } ?? [])
        var manifest = try manifest(loaded, files, compute, arguments, start)
        manifest.remarks = remarks
        try earlier?.check(manifest).forEach { observe(.note($0)) }
        let masker = try masker?.masker(compute)
        try ranks.requireSame(manifest)
        return try await folder.run(manifest, since: start) { _ in
            let shown = try shown.enumerated().map { try prepared($1, number: $0 + 1, by: masker, in: folder) }
            return try await segment(shown, with: loaded.model, only, in: folder, ranks, observe)
        }
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
        _ loaded: LoadedModel, _ files: [URL], _ compute: ComputeSettings, _ arguments: [String], _ start: Date
    ) throws -> RunManifest<PredictionSettings> {
        let settings = PredictionSettings(
            supports: supports, files: try files.map { try FileRecord($0) },
            workingFolder: FileManager.default.currentDirectoryPath, queries: queries, model: model,
            sampling: loaded.configuration.sampling, threshold: threshold, absentBelow: absentBelow,
            explains: explains, figures: figures ? true : nil, masker: masker)
        return RunManifest(
            command: "predict", arguments: arguments, compute: ComputeRecord(compute),
            backbones: [BackboneRecord(loaded.backbone)], checkpoints: [loaded.checkpoint], settings: settings, started: start)
    }

    private func segment(
        _ supports: [Support], with model: DiffUp, _ only: (image: RGBImage, sha256: String)?, in folder: RunFolder,
        _ ranks: RunRanks, _ observe: @escaping RunObserver
    ) async throws -> [PredictionRecord] {
        let log = folder.isOwned ? try RecordLog<PredictionRecord>(folder.file(Self.recordsName)) : nil
        let done = try ranks.communicator.shared(earlier?.done(log?.records ?? [], of: queries, in: folder.url) ?? [:])
        let missing = queries.indices.filter { done[queries[$0].name] == nil }
        let clock = RunClock("segmenting", total: queries.count, from: done.count)
        var found: [Int: PredictionRecord] = [:]
        try await SharedWork(ranks.communicator, blockSize: 1, count: missing.count).run(missing.count) { block, deliver in
            for place in block {
                try Task.checkCancellation()
                try deliver(place, try record(queries[missing[place]], only, supports, model, folder))
            }
        } deliver: { (place: Int, record: PredictionRecord) in
            try log?.append(record)
            found[missing[place]] = record
            observe(.progress(clock.progress(done.count + found.count)))
        } isDone: {
            found.count == missing.count
        }
        return try ranks.communicator.shared(queries.indices.compactMap { done[queries[$0].name] ?? found[$0] })
    }

    /// One photo's results. What cannot be read, computed or written is said in the record, and the rest is there.
    private func record(
        _ query: QueryPhoto, _ loaded: (image: RGBImage, sha256: String)?, _ supports: [Support], _ model: DiffUp,
        _ folder: RunFolder
    ) throws -> PredictionRecord {
        var record = PredictionRecord(query: query.url.path, name: query.name)
        do {
            let (photo, digest) = try loaded ?? ImageFile.loadIdentified(query.url)
            record.sha256 = digest
            (record.height, record.width) = (photo.height, photo.width)
            let map = try map(Episode(query: photo, supports: supports), query, model, folder, &record)
            let presence = PresenceScore.standard.value(of: .probabilities(map))
            record.presence = presence
            let isAbsent = absentBelow.map { presence < $0 } ?? false
            let mask = map.mask(threshold: isAbsent ? .infinity : threshold)
            record.share = Double(mask.area) / Double(photo.width * photo.height)
            record.mask = try written("masks/\(query.name).png", folder, &record) { try mask.save(to: $0) }
            record.overlay = try written("overlays/\(query.name).jpg", folder, &record) {
                try ImageFile.save(photo.overlaid(with: mask), to: $0)
            }
            record.probability = try written("probabilities/\(query.name).png", folder, &record) {
                try ImageFile.save(map.shaded(), to: $0)
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            record.error = "\(error)"
        }
        return record
    }

    /// The probabilities, and where the run explains the picture of what the model saw.
    private func map(
        _ episode: Episode, _ query: QueryPhoto, _ model: DiffUp, _ folder: RunFolder, _ record: inout PredictionRecord
    ) throws -> ProbabilityMap {
        let mayEndEarly = model.parts.settledTolerance > 0
        guard explains || figures || mayEndEarly else { return try model.segment(episode).map }
        let explanation = try model.explain(episode)
        record.steps = explanation.steps.count
        if figures { try draw(explanation, episode, query, model, folder, &record) }
        guard explains else { return try explanation.probabilities ?? model.segment(episode).map }
        let row = EpisodeRow(episode: episode, explanation: explanation, threshold: threshold)
        record.predictedIoU = explanation.predictedIoU
        record.picture = try written("pictures/\(query.name).png", folder, &record) {
            try ImageFile.save(PictureSheet(title: query.name, episodes: [row]).rendered(), to: $0)
        }
        return try explanation.probabilities ?? model.segment(episode).map
    }

    /// The walk from noise to mask, and the error maps of the result.
    private func draw(
        _ explanation: Explanation, _ episode: Episode, _ query: QueryPhoto, _ model: DiffUp, _ folder: RunFolder,
        _ record: inout PredictionRecord
    ) throws {
        guard let found = explanation.probabilities?.mask(threshold: threshold) else { return }
        var sheet = SamplingSheet()
        sheet.add(explanation, episode, threshold: threshold)
        record.sampling = try written("figures/\(query.name)-sampling.png", folder, &record) {
            try ImageFile.save(sheet.rendered(title: query.name), to: $0)
        }
        let levels = try model.noiseLevels(episode, truth: ClassMask(object: found))
        guard !levels.isEmpty else { return }
        record.errorMaps = try written("figures/\(query.name)-errors.png", folder, &record) {
            let title = "\(query.name): errors of the result, noised"
            try ImageFile.save(NoiseLevel.sheet([levels], title: title).rendered(), to: $0)
        }
    }

    /// Writes one file; nil, and the reason in the record, where that fails.
    private func written(
        _ name: String, _ folder: RunFolder, _ record: inout PredictionRecord, _ write: (URL) throws -> Void
    ) throws -> String? {
        do {
            try write(folder.file(name))
            return name
        } catch {
            record.error = [record.error, "\(error)"].compactMap { $0 }.joined(separator: "; ")
            return nil
        }
    }
}

extension Prediction {
    /// The probabilities; a decided mask has 0 and 1 alone.
    var map: ProbabilityMap {
        switch self {
        case .probabilities(let map): map
        case .mask(let mask): ProbabilityMap(height: mask.height, width: mask.width, values: mask.values.map { $0 ? 1 : 0 })
        }
    }
}
