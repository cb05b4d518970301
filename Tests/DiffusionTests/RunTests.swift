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

    private static func choice(_ folder: URL) -> ModelChoice {
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

    @Test("A prediction writes a record and files a photo, and a damaged photo among others is a record")
    func prediction() async throws {
        try await Self.inFolder { folder in
            let episode = try SmallModel.episode()
            let (photo, broken) = (folder.appending(path: "photo.png"), folder.appending(path: "broken.png"))
            try ImageFile.save(episode.query, to: photo)
            try Data("no picture".utf8).write(to: broken)
            let shown = SupportChoice(image: photo.path, annotations: ["10,10,40,40"])
            let run = PredictionRun(supports: [shown], queries: try QueryPhoto.found([photo.path, broken.path]))
            let out = try RunFolder(folder.appending(path: "out").path, command: "predict")
            let records = try await run.run(with: { try Self.choice(folder).load() }, in: out)
            #expect(records.map(\.mask) == ["masks/photo.png", nil])
            #expect(records[0].error == nil && records[1].error?.contains("broken.png") == true)
            let mask = try LabelMap.load(folder.appending(path: "out/masks/photo.png"))
            #expect(mask.height == episode.query.height)
            let data = try Data(contentsOf: folder.appending(path: "out/manifest.json"))
            let manifest = try JSONDecoder().decode(RunManifest<PredictionSettings>.self, from: data)
            #expect(manifest.settings.results == records && manifest.status == "finished")
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
