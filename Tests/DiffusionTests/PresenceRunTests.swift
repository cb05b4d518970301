internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Calibrated presence from evaluation to prediction.
@Suite("Presence of runs")
struct PresenceRunTests {
    private func plan(_ folder: URL) -> EvaluationPlan {
        var plan = EvaluationPlan(
            dataset: DatasetChoice("shapes5i", imagesPerClass: 3),
            backbones: [BackboneChoice(folder.appending(path: "net.safetensors").path)],
            checkpoints: [folder.appending(path: "model.safetensors").path])
        (plan.baselines, plan.pictures, plan.evaluation.episodes) = ([.contrast], 0, 6)
        plan.absent = AbsentQueries(share: 0.5, seed: 0)
        return plan
    }

    @Test("Presence is fitted on base classes beside the decoder; evaluations and predictions go by it then")
    func wholeWay() async throws {
        try await RunTests.inFolder { folder in
            var fitting = plan(folder)
            #expect(throws: RunError.self) {
                fitting.fitsPresence = true
                try fitting.validate()
            }
            fitting.classes = .base
            fitting.fitsPresence = true
            let first = try RunFolder(folder.appending(path: "fit").path, command: "evaluate")
            let before = try await EvaluationRun(fitting).run(in: first)
            #expect(before.cells[1].result.presence?.score == PresenceScore.standard.name)
            let decoder = folder.appending(path: "model.safetensors")
            let digest = try FileRecord(decoder).sha256
            let calibration = try #require(try PresenceCalibration.load(beside: decoder, sha256: digest))
            let names = calibration.terms.map(\.name)
            #expect(names.contains("predicted IoU") && names.contains("agreement of samples"))
            #expect(names.contains("surest pixels") && names.contains("peak of contrast"))
            #expect(calibration.quality.present == 6 && calibration.quality.absent == 6)
            #expect(calibration.provenance.backbones.map(\.name) == ["small"])

            let second = try RunFolder(folder.appending(path: "score").path, command: "evaluate")
            let report = try await EvaluationRun(plan(folder)).run(in: second)
            #expect(report.cells.map { $0.result.presence?.score } == [PresenceScore.standard.name, PresenceScore.judged.name])
            #expect(report.cells[1].result.meanIoU > 0 && report.cells[1].settings["presence"] != nil)
            let manifest = try RunManifest<EvaluationPlan>(of: second, command: "evaluate")
            #expect(
                manifest.checkpoints.map { URL(fileURLWithPath: $0.path).lastPathComponent } == [
                    "model.safetensors", "model.presence.json",
                ])
            try await predict(folder, calibration)
        }
    }

    private func predict(_ folder: URL, _ calibration: PresenceCalibration) async throws {
        let episode = try SmallModel.episode()
        let photo = folder.appending(path: "a.png")
        try ImageFile.save(episode.query, to: photo)
        var run = PredictionRun(
            supports: [SupportChoice(image: photo.path, annotations: ["10,10,40,40"])],
            queries: try QueryPhoto.found([photo.path]), model: RunTests.choice(folder), explains: true)
        let out = try RunFolder(folder.appending(path: "out").path, command: "predict")
        let record = try #require(try await run.run(in: out).first)
        let loaded = try RunTests.choice(folder).load(judgesPresence: true)
        let support = try run.supports[0].load()
        let judged = try loaded.model.segment(Episode(query: episode.query, supports: [support]))
        #expect(record.presence == judged.presence && judged.presence != nil)
        #expect(try RunTests.choice(folder).load().model.parts.presence == nil)
        run.explains = false
        run.absentBelow = try #require(record.presence).nextUp
        let empty = try RunFolder(folder.appending(path: "empty").path, command: "predict")
        let other = try #require(try await run.run(in: empty).first)
        #expect(other.presence == record.presence && other.share == 0)
        let settings = try RunManifest<PredictionSettings>(of: empty, command: "predict").settings
        #expect(settings.presence == calibration)
        // A decoder that changed does not go with its old calibration.
        let changed = try SmallModel.model(SmallModel.configuration)
        var configuration = SmallModel.configuration
        configuration.sampling.seed = 9
        try DiffUpCheckpoint.save(changed.denoiser, configuration, to: folder.appending(path: "model.safetensors"))
        #expect(throws: RunError.self) { try RunTests.choice(folder).load(judgesPresence: true) }
    }
}
