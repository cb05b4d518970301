internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import Synchronization
internal import TensorCore
internal import Testing

/// Trainings as a program runs them: begun, interrupted, continued.
@Suite("Trainings in a run folder")
struct TrainingRunTests {
    private static func decoder(_ folder: URL) -> DecoderPlan {
        var settings = TrainingSettings()
        settings.model = SmallModel.configuration
        settings.training = SmallModel.training
        settings.training.heldOutClasses = 2
        settings.training.evaluationInterval = 2
        settings.training.checkpointInterval = 2
        return DecoderPlan(
            dataset: DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 2),
            backbone: BackboneChoice(folder.appending(path: "net.safetensors").path), settings: settings, evaluationEpisodes: 2)
    }

    private static var backbone: BackbonePlan {
        var plan = BackbonePlan(dataset: DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 2), checkpointInterval: 2)
        plan.description.network = .resNet(.tiny(width: 8, blocks: [1, 1, 2]))
        plan.configuration.steps = 4
        plan.configuration.batchSize = 2
        plan.configuration.imageSize = 32
        return plan
    }

    /// Cancels its task when so many pieces of a part are done.
    private static func cancelling(_ title: String, at done: Int) -> RunObserver {
        { event in
            guard case .progress(let progress) = event, progress.title == title, progress.done == done else { return }
            withUnsafeCurrentTask { $0?.cancel() }
        }
    }

    /// The result of a run in a task of its own.
    static func run<Plan: TrainingPlan & Sendable>(
        _ training: TrainingRun<Plan>, _ features: FeatureStore, cancelAt step: Int? = nil, of title: String = "training"
    ) async throws -> TrainingOutcome<Plan.Summary> {
        try await Task {
            try await training.run(features: features, observe: step.map { cancelling(title, at: $0) } ?? { _ in })
        }.value
    }

    private static func status<Plan: TrainingPlan>(_ plan: Plan, _ folder: URL) throws -> String {
        let data = try Data(contentsOf: folder.appending(path: "manifest.json"))
        return try JSONDecoder().decode(RunManifest<Plan>.self, from: data).status
    }

    /// Steps and figures of a log, without the seconds.
    private static func rows(_ url: URL) throws -> [String] {
        try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",").prefix(4).joined(separator: ",")
        }
    }

    /// A run that is cancelled at `step` and continued has the bytes of one that is not.
    static func expectSame<Plan: TrainingPlan & Sendable>(
        _ plan: Plan, in folder: URL, _ features: FeatureStore, interruptedAt step: Int, files: [String]
    ) async throws -> (whole: Plan.Summary, parts: Plan.Summary)? {
        let places = [folder.appending(path: "whole"), folder.appending(path: "parts-\(step)")]
        let whole = try await run(TrainingRun(plan, at: places[0].path, force: true), features)
        let first = try await run(TrainingRun(plan, at: places[1].path), features, cancelAt: step)
        guard case .interrupted(let reached) = first.end else {
            Issue.record("the run was not interrupted: \(first.end)")
            return nil
        }
        #expect(reached == step && first.folder.path == places[1].path)
        #expect(try status(plan, places[1]) == "interrupted")
        let second = try await run(TrainingRun<Plan>(resuming: places[1].path), features)
        #expect(try status(plan, places[1]) == "finished")
        for file in files + [Plan.modelFile, "state.safetensors"] {
            let bytes = try places.map { try Data(contentsOf: $0.appending(path: file)) }
            #expect(bytes[0] == bytes[1], "\(file)")
        }
        #expect(try rows(places[0].appending(path: "metrics.csv")) == rows(places[1].appending(path: "metrics.csv")))
        let third = try await run(TrainingRun<Plan>(resuming: places[1].path), features)
        guard case .finishedBefore = third.end, case .finished(let a) = whole.end, case .finished(let b) = second.end else {
            Issue.record("found \(whole.end), \(second.end), \(third.end)")
            return nil
        }
        return (a, b)
    }

    @Test("A decoder's training that is interrupted and continued has the bytes of one that is not", arguments: [3, 4])
    func decoder(step: Int) async throws {
        try await RunTests.inFolder { folder in
            let plan = Self.decoder(folder)
            let ends = try #require(
                try await Self.expectSame(
                    plan, in: folder, FeatureStore(), interruptedAt: step, files: ["best.safetensors", "evaluation.csv"]))
            #expect(ends.whole.steps == 6 && ends.whole.best == ends.parts.best && ends.whole.loss == ends.parts.loss)
            #expect(try Self.rows(folder.appending(path: "whole/evaluation.csv")).count == 4)
            let model = try DiffUpCheckpoint(contentsOf: URL(filePath: ends.whole.model))
            #expect(model.configuration == plan.settings.model)
        }
    }

    @Test("A training behind two backbones draws both, goes on to the bit, and knows the weights of each")
    func severalBackbones() async throws {
        try await RunTests.inFolder { folder in
            var plan = Self.decoder(folder)
            let other = folder.appending(path: "other.safetensors")
            var state = try Safetensors.load(contentsOf: folder.appending(path: "net.safetensors"))
            let name = try #require(state.names.first { $0.hasSuffix("conv1.weight") })
            state[name] = state[name].map { $0 * 0.5 }
            try Safetensors.save(state, to: other)
            let alone = try await Self.run(DecoderTraining(plan, at: folder.appending(path: "alone").path), FeatureStore())
            plan.furtherBackbones = [BackboneChoice(other.path)]
            let ends = try #require(
                try await Self.expectSame(
                    plan, in: folder, FeatureStore(), interruptedAt: 3, files: ["best.safetensors", "evaluation.csv"]))
            guard case .finished(let single) = alone.end else {
                Issue.record("found \(alone.end)")
                return
            }
            #expect(ends.whole.loss != single.loss)

            let path = folder.appending(path: "stopped").path
            _ = try await Self.run(DecoderTraining(plan, at: path), FeatureStore(), cancelAt: 2)
            state.metadata["note"] = "changed"
            try Safetensors.save(state, to: other)
            let error = await #expect(throws: RunError.self) {
                try await Self.run(DecoderTraining(resuming: path), FeatureStore())
            }
            #expect(
                error?.description.contains("the weights of a further backbone changed") == true, "\(String(describing: error))")
            #expect(throws: RunError.setting("further-backbones", found: "2", expected: "1, as the run has")) {
                try plan.moveFurtherBackbones(to: [plan.backbone, plan.backbone])
            }
        }
    }

    @Test("A training on all folds sees every class")
    func allFolds() async throws {
        try await RunTests.inFolder { folder in
            var plan = Self.decoder(folder)
            plan.fold = nil
            let data = try plan.dataset.training(fold: nil)
            #expect(data.classes.count == 20 && Set(data.items.map(\.classID)).count == 20)
            #expect(Set(data.items).count == data.items.count)
            #expect(try data.mask(of: data.items[0].classID, in: data.items[0].id).object.values.contains(true))
            let done = try await Self.run(DecoderTraining(plan, at: folder.appending(path: "all").path), FeatureStore())
            guard case .finished(let summary) = done.end else {
                Issue.record("found \(done.end)")
                return
            }
            #expect(summary.steps == 6)
            let manifest = try Data(contentsOf: folder.appending(path: "all/manifest.json"))
            #expect(try JSONDecoder().decode(RunManifest<DecoderPlan>.self, from: manifest).settings.fold == nil)
        }
    }

    @Test("A backbone's training that is interrupted and continued has the bytes of one that is not")
    func backbone() async throws {
        try await RunTests.inFolder { folder in
            let ends = try #require(
                try await Self.expectSame(Self.backbone, in: folder, FeatureStore(), interruptedAt: 3, files: []))
            #expect(ends.whole.accuracy == ends.parts.accuracy && ends.whole.accuracy != nil)
            #expect(try BackboneChoice(ends.parts.weights).load().description.name == "resnet-tiny")
        }
    }

    @Test("A task that is cancelled before the first step leaves no folder")
    func early() async throws {
        try await RunTests.inFolder { folder in
            let path = folder.appending(path: "run").path
            await #expect(throws: CancellationError.self) {
                try await Self.run(DecoderTraining(Self.decoder(folder), at: path), FeatureStore(), cancelAt: 2, of: "features")
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("Progress goes on where the earlier run stopped, and evaluations are told")
    func progress() async throws {
        try await RunTests.inFolder { folder in
            let (plan, features, path) = (Self.decoder(folder), FeatureStore(), folder.appending(path: "run").path)
            _ = try await Self.run(DecoderTraining(plan, at: path), features, cancelAt: 3)
            var (steps, notes): ([Int], [String]) = ([], [])
            _ = try await DecoderTraining(resuming: path).run(features: features) { event in
                switch event {
                case .progress(let progress): if progress.title == "training" { steps.append(progress.done) }
                case .note(let text): notes.append(text)
                }
            }
            #expect(steps == [4, 5, 6])
            #expect(notes.count { $0.contains("on held-out classes") } == 2, "\(notes)")
        }
    }

    @Test("A run does not go on with other weights, in another command, or with a plan that cannot hold")
    func refusals() async throws {
        try await RunTests.inFolder { folder in
            var plan = Self.decoder(folder)
            let path = folder.appending(path: "run").path
            _ = try await Self.run(DecoderTraining(plan, at: path), FeatureStore(), cancelAt: 1)
            #expect(throws: RunError.self) { try BackboneTraining(resuming: path) }
            let net = folder.appending(path: "net.safetensors")
            var state = try Safetensors.load(contentsOf: net)
            state.metadata["note"] = "changed"
            try Safetensors.save(state, to: net)
            let error = await #expect(throws: RunError.self) {
                try await Self.run(DecoderTraining(resuming: path), FeatureStore())
            }
            #expect(error?.description.contains("the weights of the backbone changed") == true)
            plan.settings.training.heldOutClasses = 0
            let other = folder.appending(path: "other").path
            await #expect(throws: ConfigurationError.self) {
                try await Self.run(DecoderTraining(plan, at: other), FeatureStore())
            }
            var backbone = Self.backbone
            backbone.configuration.batchSize = 0
            await #expect(throws: RunError.setting("batch-size", found: "0", expected: "1...4096")) {
                try await Self.run(BackboneTraining(backbone, at: other), FeatureStore())
            }
            #expect(!FileManager.default.fileExists(atPath: other))
        }
    }
}
