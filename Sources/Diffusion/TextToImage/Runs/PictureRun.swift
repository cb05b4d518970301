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
    public init(resuming folder: RunFolder) throws(RunError) {
        try self.init(try RunManifest<PictureSettings>(of: folder, command: Self.command).settings)
    }

    /// Loads the model.
    ///
    /// - Throws: ``TextToImageError``.
    public func model() throws(TextToImageError) -> TextToImage {
        try TextToImage.load(
            URL(fileURLWithPath: settings.model), controlNets: settings.controlNets.map { URL(fileURLWithPath: $0) },
            loras: settings.loras.map { LoRAFile(URL(fileURLWithPath: $0.path), strength: $0.strength) },
            vocabulary: settings.vocabulary.map { URL(fileURLWithPath: $0) }, precision: settings.precision)
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
    ///   - observe: hears of every evaluation.
    /// - Returns: what became of every picture. A picture that failed does not end the run; a disk that takes no more does.
    /// - Throws: ``TextToImageError`` for a model that cannot be read; `DatasetError`; `CancellationError`.
    public func run(
        in folder: RunFolder, compute: ComputeSettings = ComputeSettings(), arguments: [String] = [],
        observe: RunObserver = { _ in }
    ) async throws -> [PictureRecord] {
        let start = Date()
        folder.remarks.forEach { observe(.note($0)) }
        let model = try model()
        let base = try request()
        _ = try model.size(of: base)
        if let limit = settings.memory ?? AvailableMemory.bytes { try model.requireMemory(base, limit: limit) }
        let manifest = RunManifest(
            command: Self.command, arguments: arguments, compute: ComputeRecord(compute), settings: settings, started: start)
        return try await folder.run(manifest, since: start) { remarks in
            let log = try RecordLog<PictureRecord>(folder.file("results.jsonl"))
            var done = done(log.records, in: folder)
            let pictures = settings.pictures
            let clock = RunClock("pictures", total: pictures.count, from: done.count)
            for (index, picture) in pictures.enumerated() where done[picture.name] == nil {
                try Task.checkCancellation()
                var request = base
                (request.prompt, request.seed) = (picture.prompt, picture.seed)
                let record = try make(request, picture.name, model, folder) { progress in
                    let detail = "\(picture.name): step \(progress.done) of \(progress.total)"
                    observe(.progress(clock.progress(index, detail: detail)))
                }
                try log.append(record)
                done[picture.name] = record
                (record.remarks + [record.error].compactMap { $0 }).forEach { note in
                    remarks.append("\(picture.name): \(note)")
                    observe(.note("\(picture.name): \(note)"))
                }
                observe(.progress(clock.progress(index + 1)))
            }
            return pictures.compactMap { done[$0.name] }
        }
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
