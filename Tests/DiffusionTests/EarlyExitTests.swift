internal import Datasets
@testable internal import Diffusion
internal import SegModels
internal import TensorCore
internal import Testing

/// A walk may end when the predicted IoU says that the mask has settled.
@Suite("Early exit")
struct EarlyExitTests {
    private func steps(_ tolerance: Float, sampler: String = "ddim") throws -> (Explanation, ProbabilityMap) {
        var configuration = SmallModel.configuration
        (configuration.sampling.sampler, configuration.sampling.steps) = (sampler, 12)
        configuration.sampling.settledTolerance = tolerance
        let model = try SmallModel.model(configuration)
        let explanation = try model.explain(SmallModel.episode())
        return (explanation, try #require(explanation.probabilities))
    }

    @Test(
        "Off by default; a wide tolerance ends after the second step, a narrow one later", arguments: ["ddim", "ddpm", "dpm++"])
    func tolerance(_ sampler: String) throws {
        #expect(SamplingConfiguration().settledTolerance == 0)
        #expect(try steps(0, sampler: sampler).0.steps.count == 12)
        #expect(try steps(1, sampler: sampler).0.steps.count == 2)
        let narrow = try steps(1e-7, sampler: sampler).0.steps.count
        #expect(narrow > 2)
    }

    @Test("The result is the mask of the step that settled")
    func result() throws {
        let (explanation, map) = try steps(1)
        var configuration = SmallModel.configuration
        configuration.sampling.steps = 12
        let whole = try SmallModel.model(configuration).explain(SmallModel.episode())
        #expect(explanation.steps.last?.timestep == whole.steps[1].timestep)
        #expect(map != whole.probabilities)
    }

    @Test("Without a quality branch nothing says that a mask has settled")
    func withoutQuality() throws {
        var configuration = SmallModel.configuration
        configuration.decoder.quality = false
        configuration.sampling.settledTolerance = 1
        configuration.sampling.steps = 4
        let explanation = try SmallModel.model(configuration).explain(SmallModel.episode())
        #expect(explanation.steps.count == 4)
        #expect(explanation.errorMap == nil && explanation.predictedIoU == nil)
    }
}
