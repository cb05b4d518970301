internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Trainings and evaluations of learners as a program runs them.
@Suite("Runs of learners")
struct LearnerRunTests {
    private static func plan(_ architecture: String, _ folder: URL) throws -> FewShotPlan {
        var settings = try LearnerTests.settings(architecture)
        settings.training.heldOutClasses = 2
        settings.training.evaluationInterval = 2
        return FewShotPlan(
            dataset: DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 2),
            backbone: BackboneChoice(folder.appending(path: "net.safetensors").path), settings: settings, evaluationEpisodes: 2)
    }

    @Test("A training that is interrupted and continued has the bytes of one that is not", arguments: LearnerTests.architectures)
    func resumed(_ architecture: String) async throws {
        try await RunTests.inFolder { folder in
            var plan = try Self.plan(architecture, folder)
            // One of them in shards, as several ranks share them.
            if architecture == PFENetConfiguration.architecture { plan.settings.training.shards = 2 }
            let ends = try #require(
                try await TrainingRunTests.expectSame(
                    plan, in: folder, FeatureStore(), interruptedAt: 3, files: ["best.safetensors", "evaluation.csv"]))
            #expect(ends.whole.steps == 6 && ends.whole.best == ends.parts.best && ends.whole.best != nil)
            #expect(ends.whole.loss == ends.parts.loss && ends.whole.loss != nil)
            let checkpoint = try FewShotCheckpoint(contentsOf: URL(filePath: ends.whole.model))
            #expect(checkpoint.settings == plan.settings)
            #expect(checkpoint.note == "shapes5i, base classes of fold 0, 6 steps")
        }
    }

    @Test("A run does not go on with other weights or settings that cannot hold")
    func refusals() async throws {
        try await RunTests.inFolder { folder in
            var plan = try Self.plan("hsnet", folder)
            let path = folder.appending(path: "run").path
            _ = try await TrainingRunTests.run(FewShotTraining(plan, at: path), FeatureStore(), cancelAt: 1)
            let net = folder.appending(path: "net.safetensors")
            var state = try Safetensors.load(contentsOf: net)
            state.metadata["note"] = "changed"
            try Safetensors.save(state, to: net)
            let error = await #expect(throws: RunError.self) {
                try await TrainingRunTests.run(FewShotTraining(resuming: path), FeatureStore())
            }
            #expect(error?.description.contains("the weights of the backbone changed") == true)
            let other = folder.appending(path: "other").path
            plan.settings.training.shards = 4
            let uneven = await #expect(throws: RunError.self) {
                try await TrainingRunTests.run(FewShotTraining(plan, at: other), FeatureStore())
            }
            #expect(uneven?.description.contains("a divisor of the batch size, 2") == true)
            plan.settings.training.shards = nil
            plan.settings.training.shots = 2
            await #expect(throws: RunError.self) {
                try await TrainingRunTests.run(FewShotTraining(plan, at: other), FeatureStore())
            }
            plan.settings.training.steps = 0
            await #expect(throws: ConfigurationError.self) {
                try await TrainingRunTests.run(FewShotTraining(plan, at: other), FeatureStore())
            }
            #expect(!FileManager.default.fileExists(atPath: other))
        }
    }

    @Test("Learners are columns of an evaluation, whose numbers are those of the evaluator")
    func evaluation() async throws {
        try await RunTests.inFolder { folder in
            var paths: [String] = []
            for architecture in LearnerTests.architectures {
                let place = folder.appending(path: "\(architecture)0").path
                let run = try FewShotTraining(Self.plan(architecture, folder), at: place)
                let done = try await run.run(features: FeatureStore())
                paths.append(done.model.path.replacing("\(architecture)0", with: "\(architecture){fold}"))
            }
            let net = BackboneChoice(folder.appending(path: "net.safetensors").path)
            var plan = EvaluationPlan(dataset: DatasetChoice("shapes5i", imagesPerClass: 3), backbones: [net])
            (plan.baselines, plan.evaluation.episodes, plan.pictures, plan.learners) = ([], 3, 1, paths)
            func scored(_ run: EvaluationRun) async throws -> EvaluationReport {
                try await run.run(in: try RunFolder(folder.appending(path: "out").path, command: "evaluate"))
            }
            let report = try await scored(EvaluationRun(plan))
            #expect(report.cells.map(\.method) == ["HSNet", "PFENet"])
            let dataset = try plan.dataset.dataset(.validation, fold: 0)
            let episodes = try plan.evaluation.draw(from: dataset.items, shots: 1)
            let checkpoint = try FewShotCheckpoint(contentsOf: folder.appending(path: "hsnet0/learner.safetensors"))
            let model = try checkpoint.model(behind: net.load())
            let evaluator = Evaluator(loader: plan.evaluation.loader(for: dataset))
            let direct = try await evaluator.evaluate(model, on: episodes)
            #expect(report.cells[0].result == direct)
            for name in ["report.html", "pictures/fold0-small-HSNet.json", "fold0-small-PFENet/episodes.csv"] {
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: "out/\(name)").path), "\(name)")
            }
            let again = try RunFolder(resuming: folder.appending(path: "out").path, command: "evaluate")
            let resumed = try await EvaluationRun(resuming: again).run(in: again)
            #expect(resumed.matrix == report.matrix)
            plan.folds = [0, 1]
            plan.learners = [paths[0].replacing("{fold}", with: "0")]
            #expect(throws: RunError.self) { try plan.validate() }
        }
    }
}
