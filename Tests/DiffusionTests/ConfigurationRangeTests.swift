internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Every number of what checkpoints, files and `--set` bring has a range, and no value of it ends the process.
@Suite("Configuration ranges of models and trainings")
struct DiffusionConfigurationRangeTests {
    private static let settings = [TrainingSettings(), .paper]

    @Test("Every number has a range")
    func covered() throws {
        let models = Self.settings.map(\.model)
        #expect(try ConfigurationWalk.faults(of: models, ranges: DiffUpConfiguration.ranges).isEmpty)
        var trainings = Self.settings.map(\.training)
        trainings[1].shards = 2
        (trainings[1].regionShare, trainings[1].regions, trainings[1].nearShare) = (0.3, 2, 0.1)
        #expect(try ConfigurationWalk.faults(of: trainings, ranges: TrainingConfiguration.ranges).isEmpty)
        var tables = [DiffUpSettings(), .quick]
        tables[0].training = trainings[1]
        (tables[0].words.shards, tables[0].words.heldOutClasses) = (2, [1])
        #expect(try ConfigurationWalk.faults(of: tables, ranges: DiffUpSettings.ranges).isEmpty)
        let dense = [DensePretraining.Configuration()]
        #expect(try ConfigurationWalk.faults(of: dense, ranges: DensePretraining.Configuration.ranges).isEmpty)
    }

    @Test("A model's configuration is refused by its key, or makes a model")
    func models() throws {
        let tree = try ConfigurationTree(encoding: SmallModel.configuration)
        let result = try ConfigurationWalk.walk(tree, ranges: DiffUpConfiguration.ranges) { tree in
            try use(DiffUpConfiguration(tree, source: "c.json"))
        }
        #expect(result.faults.isEmpty && result.taken > 20 && result.refused > 200, "\(result)")
    }

    /// Makes everything that the numbers decide.
    private func use(_ configuration: DiffUpConfiguration) throws {
        let parts = try configuration.parts()
        _ = try configuration.makeDecoder(ParameterScope(.loading))
        let steps = configuration.sampling.spacing.timesteps(steps: configuration.sampling.steps, of: configuration.process.steps)
        #expect(steps.allSatisfy { (0..<configuration.process.steps).contains($0) })
        #expect(parts.process.schedule.betas.allSatisfy { $0 > 0 && $0 < 1 })
        let image = RGBImage(height: 3, width: 5, pixels: [UInt8](repeating: 7, count: 45))
        let mask = BinaryMask(height: 3, width: 5, values: (0..<15).map { $0 == 7 })
        let views = configuration.views.views(of: image, annotations: [mask], around: mask)
        #expect(views.count == configuration.views.cropScales.count + (configuration.views.mirrors ? 2 : 1))
        _ = configuration.fusion.channels(kinds: ["a"])
        let pixels = withoutGradients { configuration.fusion.fused(Tensor(zeros: [2, 2, 2, 1])) }
        #expect(pixels.shape[3] == configuration.fusion.channels(kinds: ["a"]).count)
    }

    @Test("A training's configuration is refused by its key, or makes a training")
    func trainings() throws {
        let tree = try ConfigurationTree(encoding: SmallModel.training)
        let result = try ConfigurationWalk.walk(tree, ranges: TrainingConfiguration.ranges) { tree in
            let training = try TrainingConfiguration(tree, source: "c.json")
            _ = try DiffUpTrainer(SmallModel.examples(), model: SmallModel.configuration, training: training)
        }
        #expect(result.faults.isEmpty && result.taken > 20 && result.refused > 200, "\(result)")
    }

    @Test("`--set` names the whole path, the value and the range")
    func assignments() throws {
        let base = TrainingSettings()
        let cases = [
            ("model.views.cropScales=[-1]", "model.views.cropScales", "found [-1], expected a list of 0 to 16, each 0.1...100"),
            ("model.views.cropScales=[1e18]", "model.views.cropScales", "0.1...100"),
            ("model.views.cropScales=-1", "model.views.cropScales", "found -1"),
            ("training.steps=-1", "training.steps", "found -1, expected a whole number of 1..."),
            ("training.learningRate=NaN", "training.learningRate", "found \"NaN\", expected above 0, at most 1000"),
            ("training.learningRate=1e400", "training.learningRate", "found \"1e400\""),
            ("training.seed=-1", "training.seed", "found -1"),
            ("training.augmentation.smallestCrop=0", "training.augmentation.smallestCrop", "found 0"),
            ("model.sampling.steps=300", "model.sampling.steps", "at most process.steps"),
            ("model.decoder.heads=7", "model.decoder.heads", "a divisor of"),
            ("model.views.mirrors=3", "model.views.mirrors", "found 3, expected Bool"),
        ]
        for (assignment, key, reason) in cases {
            let error = #expect(throws: ConfigurationError.self) {
                try base.changed(byJSON: nil, file: "", assignments: [assignment])
            }
            #expect(error?.source == "--set \(assignment)" && error?.key == key, "\(assignment): \(String(describing: error))")
            #expect(error?.reason.contains(reason) == true, "\(assignment): \(error?.reason ?? "")")
        }
        for (root, ranges) in [("model", DiffUpConfiguration.ranges), ("training", TrainingConfiguration.ranges)] {
            for key in ranges.keys {
                for value in ConfigurationWalk.hostile {
                    do {
                        _ = try base.changed(byJSON: nil, file: "", assignments: ["\(root).\(key)=\(value)"])
                    } catch {
                        #expect(error.key.hasPrefix(root), "\(error)")
                    }
                }
            }
        }
    }

    @Test("A checkpoint with such numbers in its metadata is refused by file and key")
    func checkpoints() throws {
        let model = SmallModel.configuration
        let good = try model.json()
        let bad = good.replacing(/"cropScales":\[[^\]]*\]/, with: "\"cropScales\":[1e18]")
        #expect(bad != good)
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        for (text, key) in [(bad, "views.cropScales: found [1"), ("[1]", "object")] {
            var state = StateDict(["decoder.x": Tensor(zeros: [1])])
            state.metadata = ["diffup.configuration": text, "diffup.format": "2"]
            try Safetensors.save(state, to: url)
            let error = #expect(throws: DiffUpError.self) { try DiffUpCheckpoint(contentsOf: url) }
            #expect(
                error?.description.contains(url.path) == true && error?.description.contains(key) == true,
                "\(key): \(String(describing: error))")
        }
    }

    @Test("Dense pretraining refuses its numbers by key before it reads an image")
    func dense() async throws {
        let tree = try ConfigurationTree(encoding: DensePretraining.Configuration())
        let result = try ConfigurationWalk.walk(tree, ranges: DensePretraining.Configuration.ranges) { tree in
            _ = try DensePretraining.Configuration(checking: tree, source: "x")
        }
        #expect(result.faults.isEmpty && result.taken > 5 && result.refused > 50, "\(result.faults)")
        var configuration = DensePretraining.Configuration()
        configuration.batchSize = 0
        let error = await #expect(throws: ConfigurationError.self) {
            try await DensePretraining(
                backbone: SmallModel.backbone(), tasks: DensePretraining.Task.shapes5i, dataset: SmallModel.dataset,
                configuration: configuration)
        }
        #expect(error?.key == "batchSize")
    }
}
