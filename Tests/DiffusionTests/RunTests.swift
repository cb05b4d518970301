internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import Synchronization
internal import TensorCore
internal import Testing

@Suite("Runs as library calls")
struct RunTests {
    /// A folder with a small network and decoder.
    static func inFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fss-runs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let description = BackboneDescription(
            name: "small", network: .resNet(.tiny(width: 8, blocks: [1, 1, 2])), preprocessing: .torchvision)
        var state = try description.makeBackbone(ParameterScope(seed: 1), precision: .float32).stateDict()
        state.metadata[Backbones.metadataKey] = String(decoding: try description.json(), as: UTF8.self)
        try Safetensors.save(state, to: folder.appending(path: "net.safetensors"))
        let model = try SmallModel.model()
        try DiffUpCheckpoint.save(model.denoiser, SmallModel.configuration, to: folder.appending(path: "model.safetensors"))
        try await body(folder)
    }

    static func choice(_ folder: URL) -> ModelChoice {
        .files(
            backbone: BackboneChoice(folder.appending(path: "net.safetensors").path),
            checkpoint: folder.appending(path: "model.safetensors").path)
    }

    @Test("An evaluation's numbers are those of the evaluator on the same episodes")
    func evaluation() async throws {
        try await Self.inFolder { folder in
            var plan = EvaluationPlan(
                dataset: DatasetChoice("shapes5i", imagesPerClass: 3),
                backbones: [BackboneChoice(folder.appending(path: "net.safetensors").path)],
                checkpoints: [folder.appending(path: "model.safetensors").path])
            plan.baselines = [.contrast]
            plan.evaluation.episodes = 4
            plan.pictures = 0
            let out = try RunFolder(folder.appending(path: "out").path, command: "evaluate")
            let report = try await EvaluationRun(plan).run(in: out)
            #expect(report.cells.map(\.method) == ["contrast", EvaluationCell.diffUp])
            let dataset = try plan.dataset.dataset(.validation, fold: 0)
            let episodes = try plan.evaluation.draw(from: dataset.items, shots: 1)
            let direct = try await Evaluator(loader: plan.evaluation.loader(for: dataset))
                .evaluate(Self.choice(folder).load().model, on: episodes)
            #expect(report.cells[1].result == direct)
            #expect(report.matrix[0].scores[EvaluationCell.diffUp] == MeanScore(direct))
            for name in ["manifest.json", "metrics.json", "matrix.csv", "classes.csv", "fold0-small-DiffUp/episodes.csv"] {
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: "out/\(name)").path), "\(name)")
            }
        }
    }

    /// Two photos, a damaged one, and a run over them.
    private static func prediction(_ folder: URL) throws -> PredictionRun {
        let episode = try SmallModel.episode()
        let photos = ["a.png", "broken.png", "b.png"].map { folder.appending(path: $0) }
        try ImageFile.save(episode.query, to: photos[0])
        try Data("no picture".utf8).write(to: photos[1])
        try ImageFile.save(episode.query.flippedHorizontally(), to: photos[2])
        let shown = SupportChoice(image: photos[0].path, annotations: ["10,10,40,40"])
        return PredictionRun(
            supports: [shown], queries: try QueryPhoto.found(photos.map(\.path)), model: choice(folder), threshold: 0.4)
    }

    private static func files(_ folder: URL) throws -> [String: Data] {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let pictures = names.filter { $0.hasSuffix(".png") || $0.hasSuffix(".jpg") }
        return Dictionary(
            uniqueKeysWithValues: try pictures.map { ($0, try Data(contentsOf: folder.appending(path: $0))) })
    }

    @Test("A prediction writes a record and files a photo, and a damaged photo among others is a record")
    func prediction() async throws {
        try await Self.inFolder { folder in
            let out = try RunFolder(folder.appending(path: "out").path, command: "predict")
            let records = try await Self.prediction(folder).run(in: out)
            #expect(records.map(\.mask) == ["masks/a.png", nil, "masks/b.png"])
            #expect(records[0].error == nil && records[1].error?.contains("broken.png") == true)
            let mask = try LabelMap.load(folder.appending(path: "out/masks/a.png"))
            #expect(mask.height == records[0].height)
            let log = try RecordLog<PredictionRecord>(folder.appending(path: "out/results.jsonl"))
            #expect(log.records == records)
            #expect(try RunManifest<PredictionSettings>(of: out, command: "predict").status == "finished")
        }
    }

    @Test("A prediction that is interrupted after any photo ends in the same files, also when everything moved")
    func resumedPrediction() async throws {
        try await Self.inFolder { folder in
            let run = try Self.prediction(folder)
            let whole = folder.appending(path: "whole")
            _ = try await run.run(in: RunFolder(whole.path, command: "predict"))
            for count in 0..<3 {
                let place = folder.appending(path: "out\(count)")
                let task = Task {
                    try await run.run(in: RunFolder(place.path, command: "predict")) { event in
                        if case .progress(let progress) = event, progress.done == count {
                            withUnsafeCurrentTask { $0?.cancel() }
                        }
                    }
                }
                if count == 0 { task.cancel() }
                await #expect(throws: CancellationError.self) { try await task.value }
                let moved = folder.appending(path: "moved\(count)")
                try FileManager.default.createDirectory(at: moved, withIntermediateDirectories: true)
                for query in run.queries {
                    try FileManager.default.copyItem(at: query.url, to: moved.appending(path: query.url.lastPathComponent))
                }
                let again = try RunFolder(resuming: place.path, command: "predict")
                let before = try Self.files(place).count
                #expect(before == 3 * min(count, 1))
                let (rest, record) = try PredictionRun.resuming(
                    again, queries: [moved.path],
                    supports: [SupportChoice(image: moved.appending(path: "a.png").path, annotations: ["10,10,40,40"])])
                var done: [Int] = []
                let records = try await rest.run(in: again, compute: record.settings()) { event in
                    if case .progress(let progress) = event { done.append(progress.done) }
                }
                // The damaged photo is tried again.
                #expect(done.first == min(count, 1) + 1)
                #expect(Set(records.compactMap(\.mask)) == ["masks/a.png", "masks/b.png"])
                #expect(try Self.files(place) == Self.files(whole))
            }
        }
    }

    @Test("A run is not continued with other supports, another model or another command's folder")
    func refusedPrediction() async throws {
        try await Self.inFolder { folder in
            let place = folder.appending(path: "out").path
            let run = try Self.prediction(folder)
            _ = try await run.run(in: RunFolder(place, command: "predict"))
            let out = try RunFolder(resuming: place, command: "predict")
            let other = SupportChoice(image: folder.appending(path: "b.png").path, annotations: ["10,10,40,40"])
            let (first, _) = try PredictionRun.resuming(out, supports: [other])
            let changed = await #expect(throws: RunError.self) { try await first.run(in: out) }
            #expect(changed?.description.contains("b.png") == true)
            var configuration = SmallModel.configuration
            configuration.sampling.steps += 1
            let model = folder.appending(path: "model.safetensors")
            try DiffUpCheckpoint.save(SmallModel.model().denoiser, configuration, to: model)
            let (second, _) = try PredictionRun.resuming(out)
            let replaced = await #expect(throws: RunError.self) { try await second.run(in: out) }
            #expect(replaced?.description.contains("model.safetensors") == true)
            #expect(throws: RunError.self) { try EvaluationRun(resuming: out) }
        }
    }

    @Test("An evaluation that is interrupted between two cells has the same report in the end")
    func resumedEvaluation() async throws {
        try await Self.inFolder { folder in
            var plan = EvaluationPlan(
                dataset: DatasetChoice("shapes5i", imagesPerClass: 3),
                backbones: [BackboneChoice(folder.appending(path: "net.safetensors").path)],
                checkpoints: [folder.appending(path: "model.safetensors").path])
            (plan.baselines, plan.evaluation.episodes, plan.pictures) = ([.contrast], 3, 1)
            let run = EvaluationRun(plan)
            let whole = try await run.run(in: RunFolder(folder.appending(path: "whole").path, command: "evaluate"))
            let place = folder.appending(path: "out").path
            let task = Task {
                try await run.run(in: RunFolder(place, command: "evaluate")) { event in
                    if case .progress(let progress) = event, progress.title.contains(EvaluationCell.diffUp) {
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            let out = try RunFolder(resuming: place, command: "evaluate")
            var titles: Set<String> = []
            let report = try await EvaluationRun(resuming: out).run(in: out) { event in
                if case .progress(let progress) = event { titles.insert(progress.title) }
            }
            #expect(!titles.contains { $0.contains("contrast") } && !titles.isEmpty)
            #expect(try TextFile.json(report.cells.map(\.result)) == TextFile.json(whole.cells.map(\.result)))
            #expect(report.matrix == whole.matrix)
        }
    }

    @Test("A cancelled task gets its error within one sampling step")
    func cancellation() async throws {
        let model = try SmallModel.model().with { $0.sampler = DDIMSampler(steps: 20) }
        let episode = try SmallModel.episode()
        let steps = Mutex<[WorkProgress]>([])
        let task = Task {
            try await model.segment(episode) { progress in
                steps.withLock { $0.append(progress) }
                if progress.done == 3 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(steps.withLock { $0.map(\.done) } == [1, 2, 3])
        #expect(steps.withLock { $0.last?.total } == 20)
    }

    @Test("The threshold of a baseline is the one that tells a drawn object from its ground")
    func fitting() async throws {
        let baseline = PriorBaseline(
            backbone: try SmallModel.backbone(), prior: try PriorKind.foreground.prior(), imageSize: 64)
        let items = SmallModel.items
        let loader = EpisodeLoader(dataset: SmallModel.dataset)
        let episodes = try EpisodeSampler(.vocUniform).episodes(from: items, shots: 1, count: 4)
        let fitted = try await baseline.fitted(to: episodes, loader: loader)
        func mean(_ threshold: Float) async throws -> Double {
            let result = try await Evaluator(loader: loader, resamples: 0)
                .evaluate(baseline.thresholded(at: threshold), on: episodes)
            return result.meanIoU
        }
        let best = try await mean(fitted.threshold)
        for step in stride(from: Float(-1), through: 1, by: 0.05) { #expect(try await mean(step) <= best + 2e-3) }
    }
}
