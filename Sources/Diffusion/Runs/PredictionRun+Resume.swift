public import Datasets
internal import Foundation
internal import TensorCore

/// What the earlier part of a prediction settled.
struct EarlierPrediction: Sendable {
    var manifest: RunManifest<PredictionSettings>

    /// Refuses other files than the run began with.
    ///
    /// - Returns: remarks on what may give other bits.
    func check(_ manifest: RunManifest<PredictionSettings>) throws(RunError) -> [String] {
        try manifest.checkSameFiles(as: self.manifest)
        let (found, stored) = (manifest.settings.files, self.manifest.settings.files)
        guard found.map(\.sha256) == stored.map(\.sha256) else {
            let changed = zip(found, stored).first { $0.sha256 != $1.sha256 }?.0.path ?? "the supports"
            throw .file(
                changed, found: "other content than the run began with", expected: "the same supports, annotations and concepts",
                advice: "restore it or start a new run")
        }
        guard manifest.settings.presence == self.manifest.settings.presence else {
            throw .conflict(
                "the calibration of presence beside the decoder is another one than the run began with; restore it or start a new run."
            )
        }
        return manifest.compute.deviations(from: self.manifest.compute)
    }

    /// The records of photos that are done, by the names of their results. What failed, or was removed since, is done again.
    func done(_ records: [PredictionRecord], of queries: [QueryPhoto], in folder: URL) -> [String: PredictionRecord] {
        var done: [String: PredictionRecord] = [:]
        for record in records { done[record.name] = record.error == nil ? record : nil }
        let asked = Set(queries.map(\.name))
        return done.filter { name, record in
            guard asked.contains(name), let mask = record.mask else { return false }
            return FileManager.default.fileExists(atPath: folder.appendingPathComponent(mask).path)
        }
    }
}

extension PredictionRun {
    /// Continues an earlier run: what it decided is taken from its manifest, photos that are done are not done again.
    ///
    /// Everything may have moved: new places are taken, and digests say whether they hold the same.
    ///
    /// - Parameters:
    ///   - folder: of the run, taken with `RunFolder(resuming:command:)`.
    ///   - queries: files and folders in place of the run's; nil for those.
    ///   - entersFolders: whether folders in folders of `queries` are entered, too.
    ///   - supports: the same annotated photos in other places; nil for the places of the run.
    ///   - model: the same model in another place; nil for the run's.
    ///   - masker: the same masker in another place; nil for the run's.
    ///   - concepts: the same concepts in other places; nil for the places of the run.
    ///   - words: the same file of words in another place; nil for the run's.
    ///   - ranks: the processes that go on with it.
    /// - Returns: the run and how it computed.
    /// - Throws: `RunError` for a folder of another command, a manifest that cannot be read, and photos that are not there.
    public static func resuming(
        _ folder: RunFolder, queries: [String]? = nil, entersFolders: Bool = false, supports: [SupportChoice]? = nil,
        model: ModelChoice? = nil, masker: SupportMaskerChoice? = nil, concepts: [ConceptChoice]? = nil, words: String? = nil,
        ranks: RunRanks = .alone
    ) throws -> (run: PredictionRun, compute: ComputeRecord) {
        let manifest = try RunManifest<PredictionSettings>(of: folder, command: "predict", ranks: ranks)
        let settings = manifest.settings
        guard let model = model ?? settings.model else {
            throw RunError.conflict("\(folder.url.path): the run's model came from a program; only that can continue it.")
        }
        let drawn = settings.sampling
        let sampling = SamplingChoice(
            steps: drawn.steps, ensemble: drawn.ensemble, sampler: drawn.sampler, settledTolerance: drawn.settledTolerance)
        var run = PredictionRun(
            supports: supports ?? settings.supports.map { $0.resolved(in: settings.workingFolder) },
            queries: settings.queries, model: model, sampling: sampling, threshold: settings.threshold,
            absentBelow: settings.absentBelow, explains: settings.explains)
        run.concepts = concepts ?? (settings.concepts ?? []).map { ConceptChoice($0.path).resolved(in: settings.workingFolder) }
        run.words = settings.words?.resolved(in: settings.workingFolder)
        if let words { run.words?.path = words }
        run.figures = settings.figures ?? false
        run.instances = settings.instances ?? InstanceFinder()
        run.crops = settings.crops ?? false
        (run.tiling, run.resolution, run.video) = (settings.tiling, settings.resolution, settings.video)
        (run.firstLook, run.overlap) = (settings.firstLook, settings.overlap ?? .pixels)
        if let queries {
            let found = try moved(queries, entersFolders, to: settings.queries, in: folder, ranks)
            run.queries = try run.video == nil ? found : found.inFrameOrder()
        }
        run.masker = masker ?? settings.masker
        run.earlier = EarlierPrediction(manifest: manifest)
        return (run, manifest.compute)
    }

    /// Photos in new places under the names that the run gave them; others get names of their own.
    private static func moved(
        _ paths: [String], _ entersFolders: Bool, to old: [QueryPhoto], in folder: RunFolder, _ ranks: RunRanks
    ) throws -> [QueryPhoto] {
        let log = folder.isOwned ? try RecordLog<PredictionRecord>(folder.file(recordsName)) : nil
        let digests = Dictionary(try ranks.communicator.shared(log?.records ?? []).map { ($0.name, $0.sha256) }) { $1 }
        var free = Dictionary(grouping: old) { $0.url.lastPathComponent }
        var used = Set(old.map(\.name))
        return try QueryPhoto.search(paths, entersFolders: entersFolders).photos.map { photo in
            let twins = free[photo.url.lastPathComponent] ?? []
            let digest = twins.isEmpty ? nil : try FileRecord(photo.url).sha256
            if let index = twins.firstIndex(where: { (digests[$0.name] ?? nil) ?? digest == digest }) {
                free[photo.url.lastPathComponent]?.remove(at: index)
                return QueryPhoto(url: photo.url, name: twins[index].name)
            }
            let new = try QueryPhoto.found([photo.url.path], besides: used)[0]
            used.insert(new.name)
            return new
        }
    }
}
