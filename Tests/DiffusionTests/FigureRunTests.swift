internal import Datasets
internal import Diffusion
internal import Foundation
internal import Testing

/// Pictures and samplers that runs are asked for.
@Suite("Figures and samplers of runs")
struct FigureRunTests {
    private static func evaluation(_ folder: URL) -> EvaluationPlan {
        var plan = EvaluationPlan(
            dataset: DatasetChoice("shapes5i", imagesPerClass: 3),
            backbones: [BackboneChoice(folder.appending(path: "net.safetensors").path)],
            checkpoints: [folder.appending(path: "model.safetensors").path])
        plan.baselines = []
        plan.evaluation.episodes = 3
        plan.pictures = 0
        return plan
    }

    @Test("An evaluation draws figures 6, 7 and 9 where it is asked to, and scores the same")
    func figures() async throws {
        try await RunTests.inFolder { folder in
            var plan = Self.evaluation(folder)
            let plain = try await EvaluationRun(plan).run(
                in: RunFolder(folder.appending(path: "plain").path, command: "evaluate"))
            plan.figures = true
            let drawn = try await EvaluationRun(plan).run(
                in: RunFolder(folder.appending(path: "out").path, command: "evaluate"))
            #expect(drawn.cells[0].result == plain.cells[0].result)
            for name in ["sampling", "errors", "priors"] {
                let path = "pictures/fold0-small-DiffUp-\(name).png"
                let picture = try ImageFile.load(folder.appending(path: "out/\(path)"))
                #expect(picture.width > 100, "\(path)")
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "plain/\(path)").path))
            }
            let file = folder.appending(path: "out/fold0-small-DiffUp/priors.json")
            let histogram = try JSONDecoder().decode(PriorHistogram.self, from: Data(contentsOf: file))
            #expect(histogram.values.count == 3 && histogram.values.allSatisfy { (0...1).contains($0) })
        }
    }

    @Test("An evaluation under another sampler says so, and how many steps were walked where they may end early")
    func sampler() async throws {
        try await RunTests.inFolder { folder in
            var plan = Self.evaluation(folder)
            plan.sampling = SamplingChoice(steps: 9, sampler: "dpm++", settledTolerance: 1)
            let report = try await EvaluationRun(plan).run(
                in: RunFolder(folder.appending(path: "out").path, command: "evaluate"))
            let settings = report.cells[0].settings
            #expect(settings["sampler"] == "dpm++" && settings["meanSteps"] == "2.00" && settings["steps"] == "9")
            plan.sampling = SamplingChoice(sampler: "euler")
            let error = await #expect(throws: RunError.self) {
                try await EvaluationRun(plan).run(in: RunFolder(folder.appending(path: "no").path, command: "evaluate"))
            }
            #expect(error?.description.contains("dpm++") == true, "\(String(describing: error))")
        }
    }

    @Test("A prediction draws the walk and the error maps, and tells its steps")
    func prediction() async throws {
        try await RunTests.inFolder { folder in
            let episode = try SmallModel.episode()
            let photo = folder.appending(path: "a.png")
            try ImageFile.save(episode.query, to: photo)
            let model = ModelChoice.files(
                backbone: BackboneChoice(folder.appending(path: "net.safetensors").path),
                checkpoint: folder.appending(path: "model.safetensors").path)
            var run = PredictionRun(
                supports: [SupportChoice(image: photo.path, annotations: ["10,10,40,40"])],
                queries: try QueryPhoto.found([photo.path]), model: model, sampling: SamplingChoice(steps: 4, sampler: "ddpm"))
            run.figures = true
            let out = folder.appending(path: "out")
            let record = try await run.run(in: RunFolder(out.path, command: "predict"))[0]
            #expect(record.error == nil && record.steps == 4)
            for name in [record.sampling, record.errorMaps] {
                #expect(try ImageFile.load(out.appending(path: #require(name))).width > 100)
            }
            let place = try RunFolder(resuming: out.path, command: "predict")
            let resumed = try PredictionRun.resuming(place).run
            #expect(resumed.figures && resumed.sampling.sampler == "ddpm" && resumed.sampling.steps == 4)
        }
    }

    @Test("Settings of a manifest from before samplers had names are read with the defaults")
    func earlierManifest() throws {
        let json = #"{"ensemble": 5, "eta": 0, "seed": 0, "spacing": "trailing", "steps": 2}"#
        let sampling = try JSONDecoder().decode(SamplingConfiguration.self, from: Data(json.utf8))
        #expect(sampling == SamplingConfiguration())
    }
}
