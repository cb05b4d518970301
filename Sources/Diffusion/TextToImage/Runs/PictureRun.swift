public import Datasets
internal import Foundation
internal import TensorCore

/// What a run says of one picture, a line of `results.jsonl`.
public struct PictureRecord: Sendable, Hashable, Codable {
    /// The stem of its files.
    public var name: String
    /// What it shows.
    public var prompt: String
    /// What its noise was drawn from.
    public var seed: UInt64
    /// The file, relative to the run's folder; nil for a picture that failed.
    public var file: String?
    /// The digest of the file.
    public var sha256: String?
    /// How long it took.
    public var seconds: Double?
    /// What the user should know.
    public var remarks: [String] = []
    /// Why it failed.
    public var error: String?
}

/// What a run would do, said before it begins.
public struct PicturePlan: Sendable, Hashable, Codable {
    /// Pictures in all.
    public var pictures: Int
    /// Pixels from left to right.
    public var width: Int
    /// Pixels from top to bottom.
    public var height: Int
    /// Evaluations of the denoiser for a picture.
    public var evaluations: Int
    /// Bytes of the weights in memory.
    public var weightBytes: Int
    /// Bytes of memory that a picture takes at most, an estimate.
    public var memoryBytes: Int
    /// Bytes on the disk at most: PNG of noise.
    public var diskBytes: Int
}

/// Pictures from prompts, into a folder: `pictures/*.png`, `results.jsonl` with a line as soon as a picture is done, `manifest.json`.
///
/// A run that ended early goes on where it was: pictures that are there stay, what failed or is missing is made.
public struct PictureRun: Sendable {
    /// The command whose runs these are.
    public static let command = "generate"
    /// What decides the pictures.
    public let settings: PictureSettings

    /// A run.
    ///
    /// - Throws: `RunError` for settings that make none.
    public init(_ settings: PictureSettings) throws(RunError) {
        try settings.validate()
        self.settings = settings
    }

    /// The settings of an earlier run.
    ///
    /// - Throws: `RunError` for a folder of another command.
    public init(resuming folder: RunFolder, ranks: RunRanks = .alone) throws(RunError) {
        try self.init(try RunManifest<PictureSettings>(of: folder, command: Self.command, ranks: ranks).settings)
    }

    /// Loads the model.
    ///
    /// - Throws: ``TextToImageError``.
    public func model() throws(TextToImageError) -> TextToImage {
        try TextToImage.load(
            URL(fileURLWithPath: settings.model), controlNets: settings.controlNets.map { URL(fileURLWithPath: $0) },
            loras: settings.loras.map { LoRAFile(URL(fileURLWithPath: $0.path), strength: $0.strength) },
            vocabulary: settings.vocabulary.map { URL(fileURLWithPath: $0) },
            textEncoders: settings.textEncoders.map { URL(fileURLWithPath: $0) }, prediction: settings.prediction,
            precision: settings.precision)
    }

    /// What the run would do.
    public func plan(_ model: TextToImage) throws -> PicturePlan {
        let request = try request()
        let size = try model.size(of: request)
        var schedule = model.schedule
        if let kind = settings.scheduler { schedule = schedule.led(by: kind) }
        let evaluations = schedule.scheduler(steps: settings.steps).timesteps.count
        let count = settings.pictures.count
        return PicturePlan(
            pictures: count, width: size.width, height: size.height, evaluations: evaluations, weightBytes: model.weightBytes,
            memoryBytes: model.memoryNeed(size, tiling: request.tiling).peak, diskBytes: count * size.height * size.width * 3)
    }

    /// Makes the pictures.
    ///
    /// - Parameters:
    ///   - folder: where to.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - ranks: the processes that share the pictures; all of them make the same call. Each writes its pictures, the first one all else.
    ///   - observe: hears of every evaluation of its own rank.
    /// - Returns: what became of every picture. A picture that failed does not end the run; a disk that takes no more does.
    /// - Throws: ``TextToImageError`` for a model that cannot be read; `DatasetError`; `CancellationError`.
    public func run(
        in folder: RunFolder, compute: ComputeSettings = ComputeSettings(), arguments: [String] = [],
        ranks: RunRanks = .alone, observe: @escaping RunObserver = { _ in }
    ) async throws -> [PictureRecord] {
        let start = Date()
        folder.remarks.forEach { observe(.note($0)) }
        let model = try model()
        let base = try request()
        _ = try model.size(of: base)
        // Ranks of one machine share what is free there.
        let free = AvailableMemory.bytes.map { $0 / ranks.neighbours }
        if let limit = settings.memory ?? free { try model.requireMemory(base, limit: limit) }
        let manifest = RunManifest(
            command: Self.command, arguments: arguments, compute: ComputeRecord(compute), settings: settings, started: start)
        try ranks.requireSame(manifest)
        return try await folder.run(manifest, since: start) { remarks in
            let (pictures, notes) = try await pictures(by: model, base, in: folder, ranks, observe)
            remarks += notes
            return pictures
        }
    }

    /// Makes what is missing, the next picture by whichever rank is free; the first one keeps the log.
    private func pictures(
        by model: TextToImage, _ base: TextToImageRequest, in folder: RunFolder, _ ranks: RunRanks,
        _ observe: @escaping RunObserver
    ) async throws -> ([PictureRecord], notes: [String]) {
        let log = ranks.isFirst ? try RecordLog<PictureRecord>(folder.file("results.jsonl")) : nil
        var done = try ranks.communicator.shared(done(log?.records ?? [], in: folder))
        let pictures = settings.pictures
        let open = pictures.filter { [done] in done[$0.name] == nil }
        let clock = RunClock("pictures", total: pictures.count, from: pictures.count - open.count)
        var (count, notes): (Int, [String]) = (0, [])
        let work = SharedWork(ranks.communicator, blockSize: 1, count: open.count)
        try await work.run(open.count) { block, deliver in
            for place in block {
                try Task.checkCancellation()
                let picture = open[place]
                var request = base
                (request.prompt, request.seed) = (picture.prompt, picture.seed)
                let before = pictures.count - open.count + count
                let record = try make(request, picture.name, model, folder) { progress in
                    let detail = "\(picture.name): step \(progress.done) of \(progress.total)"
                    observe(.progress(clock.progress(before, detail: detail)))
                }
                try deliver(place, record)
            }
        } deliver: { (place: Int, record: PictureRecord) in
            try log?.append(record)
            done[record.name] = record
            count += 1
            for text in record.remarks + [record.error].compactMap({ $0 }) {
                notes.append("\(record.name): \(text)")
                observe(.note("\(record.name): \(text)"))
            }
            observe(.progress(clock.progress(pictures.count - open.count + count)))
        } isDone: {
            count == open.count
        }
        return (try ranks.communicator.shared(pictures.compactMap { done[$0.name] }), notes)
    }

    /// Pictures that are there and are what was written.
    private func done(_ records: [PictureRecord], in folder: RunFolder) -> [String: PictureRecord] {
        var done: [String: PictureRecord] = [:]
        for record in records { done[record.name] = record.error == nil ? record : nil }
        let wanted = Dictionary(settings.pictures.map { ($0.name, $0.seed) }) { first, _ in first }
        return done.filter { name, record in
            guard wanted[name] == record.seed, let file = record.file else { return false }
            return (try? FileRecord(folder.url.appendingPathComponent(file)).sha256) == record.sha256
        }
    }

    private func make(
        _ request: TextToImageRequest, _ name: String, _ model: TextToImage, _ folder: RunFolder,
        _ observe: (TextToImageProgress) -> Void
    ) throws -> PictureRecord {
        let start = Date()
        var record = PictureRecord(name: name, prompt: request.prompt, seed: request.seed)
        let result: TextToImageResult
        do {
            result = try model.generate(request) { progress in
                observe(progress)
                guard settings.keepsPreviews else { return }
                try ImageFile.save(progress.preview(), to: folder.file("previews/\(name)-\(progress.done).png"))
            }
        } catch let error as TextToImageError {
            record.error = "\(error)"
            return record
        }
        let place = "pictures/\(name).png"
        let file = try folder.file(place)
        try ImageFile.save(result.image, to: file)
        record.file = place
        record.sha256 = try FileRecord(file).sha256
        record.remarks = result.remarks
        record.seconds = Date().timeIntervalSince(start)
        return record
    }

    /// What all pictures have in common.
    private func request() throws -> TextToImageRequest {
        func picture(_ file: FileRecord) throws -> RGBImage {
            let (image, digest) = try ImageFile.loadIdentified(URL(fileURLWithPath: file.path))
            guard digest == file.sha256 else {
                throw RunError.file(
                    file.path, found: "another picture than the run began with", expected: "the same one",
                    advice: "restore it or start a new run")
            }
            return image
        }
        var request = TextToImageRequest(
            "", negativePrompt: settings.negativePrompt, steps: settings.steps, guidance: settings.guidance,
            scheduler: settings.scheduler, eta: settings.eta, strength: settings.strength, isGuessing: settings.isGuessing,
            tiling: settings.tile.map { LatentTiling(side: $0) })
        if let width = settings.width, let height = settings.height { request.size = Size2D(height: height, width: width) }
        request.image = try settings.image.map(picture)
        request.controls = try settings.controls.enumerated().map { index, control in
            TextToImageRequest.Control(
                try picture(control.picture), network: index, strength: control.strength, span: control.start...control.end)
        }
        return request
    }
}
