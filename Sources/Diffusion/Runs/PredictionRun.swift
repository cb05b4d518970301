public import Datasets
internal import Foundation
internal import TensorCore

/// The result for one query; paths are relative to the folder of results.
public struct PredictionRecord: Codable, Sendable, Hashable {
    /// The photo.
    public var query: String
    /// Its height in pixels.
    public var height: Int?
    /// Its width in pixels.
    public var width: Int?
    /// The mask, a PNG of 0 and 255.
    public var mask: String?
    /// The photo with the mask over it.
    public var overlay: String?
    /// Probabilities, a PNG in which 255 is 1.
    public var probability: String?
    /// What the model saw, for a run that explains.
    public var picture: String?
    /// The share of the photo that is the object, 0...1.
    public var share: Double?
    /// The model's own estimate of its mask's IoU, 0...1; for a run that explains.
    public var predictedIoU: Float?
    /// Why there is no mask.
    public var error: String?
}

/// What a prediction decided, for its manifest.
public struct PredictionSettings: Codable, Sendable {
    /// What was shown.
    public var supports: [SupportChoice]
    /// How masks were drawn.
    public var sampling: SamplingConfiguration
    /// Probabilities from here on are foreground.
    public var threshold: Float
    /// What came out.
    public var results: [PredictionRecord]
}

/// Segments photos, given annotated ones.
public struct PredictionRun: Sendable {
    /// The annotated photos.
    public var supports: [SupportChoice]
    /// The photos to segment.
    public var queries: [QueryPhoto]
    /// Probabilities from here on are foreground.
    public var threshold: Float
    /// Whether what the model saw is drawn, too.
    public var explains: Bool

    /// Names what is shown and what is asked.
    public init(supports: [SupportChoice], queries: [QueryPhoto], threshold: Float = 0.5, explains: Bool = false) {
        self.supports = supports
        self.queries = queries
        self.threshold = threshold
        self.explains = explains
    }

    /// Segments all queries and writes masks, overlays, probabilities and the manifest; the folder appears at the end.
    ///
    /// Of several photos one that cannot be read is a record with ``PredictionRecord/error``; a single one ends the run.
    ///
    /// - Parameters:
    ///   - model: makes the model, once the supports were read.
    ///   - folder: for the results.
    ///   - compute: what the manifest says of the computation.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - observe: hears of progress.
    /// - Throws: `CancellationError` within one sampling step when the task was cancelled; errors of files and the model.
    public func run(
        with model: () throws -> LoadedModel, in folder: RunFolder, compute: ComputeSettings = ComputeSettings(),
        arguments: [String] = [], observe: RunObserver = { _ in }
    ) async throws -> [PredictionRecord] {
        let start = Date()
        let shown = try supports.map { choice in
            let (support, remarks) = try choice.loadWithRemarks()
            for remark in remarks { observe(.note(remark)) }
            return support
        }
        let loaded = try model()
        let clock = RunClock("segmenting", total: queries.count)
        var records: [PredictionRecord] = []
        for query in queries {
            try Task.checkCancellation()
            records.append(try record(query, shown, loaded.model, folder))
            observe(.progress(clock.progress(records.count)))
        }
        let settings = PredictionSettings(
            supports: supports, sampling: loaded.configuration.sampling, threshold: threshold, results: records)
        let manifest = RunManifest(
            command: "predict", arguments: arguments, compute: ComputeRecord(compute),
            backbones: [BackboneRecord(loaded.backbone)], checkpoints: [loaded.checkpoint], settings: settings, started: start)
        try folder.commit(manifest, since: start)
        return records
    }

    private func record(
        _ query: QueryPhoto, _ supports: [Support], _ model: DiffUp, _ folder: RunFolder
    ) throws -> PredictionRecord {
        let photo: RGBImage
        do throws(ImageError) {
            photo = try ImageFile.load(query.url)
        } catch {
            guard queries.count > 1 else { throw error }
            return PredictionRecord(query: query.url.path, error: error.description)
        }
        let name = query.name
        var record = PredictionRecord(query: query.url.path, height: photo.height, width: photo.width)
        let episode = Episode(query: photo, supports: supports)
        let map: ProbabilityMap
        if explains {
            let explanation = try model.explain(episode)
            let row = EpisodeRow(episode: episode, explanation: explanation, threshold: threshold)
            record.picture = "pictures/\(name).png"
            record.predictedIoU = explanation.predictedIoU
            try ImageFile.save(PictureSheet(title: name, episodes: [row]).rendered(), to: folder.file("pictures/\(name).png"))
            map = try explanation.probabilities ?? model.segment(episode).map
        } else {
            map = try model.segment(episode).map
        }
        let mask = map.mask(threshold: threshold)
        record.mask = "masks/\(name).png"
        record.overlay = "overlays/\(name).jpg"
        record.probability = "probabilities/\(name).png"
        record.share = Double(mask.area) / Double(photo.width * photo.height)
        try mask.save(to: folder.file("masks/\(name).png"))
        try ImageFile.save(photo.overlaid(with: mask), to: folder.file("overlays/\(name).jpg"))
        try ImageFile.save(map.shaded(), to: folder.file("probabilities/\(name).png"))
        return record
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
