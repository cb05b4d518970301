internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Supports that carry no annotation.
@Suite("Supports without a mask")
struct UnannotatedSupportTests {
    private func bare(_ shots: Int = 1) throws -> Episode {
        var episode = try SmallModel.episode(shots: shots)
        for index in episode.supports.indices { episode.supports[index].annotation = .none }
        return episode
    }

    @Test("A photo alone is a support: what it shares with the query gets a mask", arguments: [1, 2])
    func coSegmentation(_ shots: Int) throws {
        let model = try SmallModel.model()
        let episode = try bare(shots)
        let query = model.extractor.queryFeatures(episode.query)
        let found = try model.extractor.annotated(episode, query: query)
        for support in found {
            guard case .mask(let mask) = support.annotation else {
                Issue.record("no mask")
                continue
            }
            #expect(mask.height == support.image.height && mask.width == support.image.width)
            #expect(mask.area > 0 && mask.area < mask.values.count)
        }
        var shown = episode
        shown.supports = found
        #expect(try model.segment(episode) == model.segment(shown))
        #expect(try PriorBaseline(backbone: SmallModel.backbone(), imageSize: 64).segment(episode).map.height == 64)
    }

    @Test("Supports with an annotation stay as they are beside others")
    func mixed() throws {
        let model = try SmallModel.model()
        var episode = try SmallModel.episode(shots: 2)
        episode.supports[1].annotation = .none
        let found = try model.extractor.annotated(episode, query: model.extractor.queryFeatures(episode.query))
        #expect(found[0].annotation == episode.supports[0].annotation && found[1].annotation.kind == .mask)
    }

    @Test("An evaluation without masks says how the thing was found, and words without a text tower are refused")
    func evaluation() async throws {
        try await RunTests.inFolder { folder in
            var plan = EvaluationPlan(
                dataset: DatasetChoice("shapes5i", imagesPerClass: 3),
                backbones: [BackboneChoice(folder.appending(path: "net.safetensors").path)],
                checkpoints: [folder.appending(path: "model.safetensors").path])
            (plan.baselines, plan.pictures, plan.evaluation.episodes, plan.annotation) = ([.contrast], 1, 3, .none)
            let out = try RunFolder(folder.appending(path: "out").path, command: "evaluate")
            let report = try await EvaluationRun(plan).run(in: out)
            #expect(report.cells.allSatisfy { $0.settings["unannotated"] == CoSegmentation().identity })
            plan.annotation = .noneNamed
            let error = await #expect(throws: RunError.self) {
                try await EvaluationRun(plan).run(in: RunFolder(folder.appending(path: "named").path, command: "evaluate"))
            }
            #expect(error?.description.contains("text tower") == true && error?.isUsage == true)
        }
    }
}
