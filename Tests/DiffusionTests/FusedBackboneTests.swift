internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// One decoder behind several backbones at once.
@Suite("Fused backbones")
struct FusedBackboneTests {
    private func values(_ model: DiffUp, _ episode: Episode) throws -> [Float] { try model.segment(episode).map.values }

    private func model(_ backbones: [any Backbone]) throws -> DiffUp {
        let small = try SmallModel.model()
        return try DiffUp(backbones: backbones, denoiser: small.denoiser, parts: small.parts)
    }

    @Test("One backbone twice is that backbone, and the order of two does not matter", arguments: [1, 2])
    func laws(_ shots: Int) throws {
        let (one, other) = (try SmallModel.backbone(), try SmallModel.backbone(width: 12, seed: 7))
        let episode = try SmallModel.episode(shots: shots)
        let alone = try values(model([one]), episode)
        #expect(try zip(values(model([one, one]), episode), alone).allSatisfy { abs($0 - $1) < 1e-3 })
        let both = try values(model([one, other]), episode)
        #expect(try zip(values(model([other, one]), episode), both).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(zip(both, alone).contains { abs($0 - $1) > 1e-3 })
        #expect(try zip(both, values(model([other]), episode)).contains { abs($0 - $1) > 1e-3 })
    }

    @Test("Other parts keep all backbones, stages and figures go through all of them")
    func whole() throws {
        let fused = try model([SmallModel.backbone(), SmallModel.backbone(width: 12, seed: 7)])
        let changed = try fused.with { $0.ensemble = 1 }
        #expect(changed.extractors.count == 2 && changed.parts.ensemble == 1)
        let episode = try SmallModel.episode()
        for stage in try fused.stages(of: episode) { try stage.run() }
        #expect(try fused.explain(episode).steps.count == 2)
        #expect(try fused.noiseLevels(episode, truth: ClassMask(object: fused.segment(episode).mask())).count == 3)
        #expect(try fused.priorMask(episode).height == episode.query.height)
    }

    @Test("A row of all backbones stands beside those of each, and names all digests")
    func row() async throws {
        try await RunTests.inFolder { folder in
            let description = BackboneDescription(
                name: "wide", network: .resNet(.tiny(width: 12, blocks: [1, 1, 2])), preprocessing: .torchvision)
            var state = try description.makeBackbone(ParameterScope(seed: 7), precision: .float32).stateDict()
            state.metadata[Backbones.metadataKey] = String(decoding: try description.json(), as: UTF8.self)
            try Safetensors.save(state, to: folder.appending(path: "wide.safetensors"))
            let choices = ["net", "wide"].map { BackboneChoice(folder.appending(path: "\($0).safetensors").path) }
            var plan = EvaluationPlan(
                dataset: DatasetChoice("shapes5i", imagesPerClass: 3), backbones: choices,
                checkpoints: [folder.appending(path: "model.safetensors").path])
            (plan.baselines, plan.fused, plan.pictures, plan.evaluation.episodes) = ([.contrast], true, 2, 4)
            let out = try RunFolder(folder.appending(path: "out").path, command: "evaluate")
            let report = try await EvaluationRun(plan).run(in: out)
            #expect(report.matrix.map(\.backbone) == ["small", "wide", "small + wide"])
            #expect(report.matrix[2].scores.count == 1 && report.matrix[2].difference == nil)
            let cell = try #require(report.cells.last)
            let digests = try choices.map { try $0.load().weightsSHA256 }
            #expect(cell.settings["fused"] == "small=\(digests[0]) wide=\(digests[1])")
            // The row is the model that a program would make.
            let choice = ModelChoice.fused(backbones: choices, checkpoint: plan.checkpoints[0])
            #expect(try JSONDecoder().decode(ModelChoice.self, from: JSONEncoder().encode(choice)) == choice)
            let loaded = try choice.load()
            #expect(loaded.backbones.map(\.weightsSHA256) == digests)
            let dataset = try plan.dataset.dataset(.validation, fold: 0)
            let direct = try await Evaluator(loader: plan.evaluation.loader(for: dataset))
                .evaluate(loaded.model, on: plan.evaluation.draw(from: dataset.items, shots: 1))
            #expect(cell.result == direct)
            plan.checkpoints = []
            #expect(throws: RunError.self) { try plan.validate() }
        }
    }

    @Test("Backbones of other levels than the decoder's are refused, wherever they stand")
    func levels() throws {
        let flat = BackboneDescription(
            name: "flat", network: .resNet(.tiny(width: 8, blocks: [1, 1])), preprocessing: .torchvision,
            taps: ["layer1.0", "layer2.0"])
        let wrong = try flat.makeBackbone(ParameterScope(seed: 1), precision: .float32)
        #expect(wrong.levels.count == 2)
        #expect(throws: DiffUpError.self) { try model([SmallModel.backbone(), wrong]) }
    }
}
