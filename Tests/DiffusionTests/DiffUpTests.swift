internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// The whole model on drawn episodes.
@Suite("DiffUp")
struct DiffUpTests {
    private func model() throws -> DiffUp { try SmallModel.model() }

    @Test("Predictions have the query's size and are probabilities", arguments: [AnnotationRule.mask, .box, .scribble, .point])
    func size(_ rule: AnnotationRule) throws {
        let episode = try SmallModel.episode(rule)
        guard case .probabilities(let map) = try model().segment(episode) else {
            Issue.record("expected probabilities")
            return
        }
        #expect(map.width == episode.query.width && map.height == episode.query.height)
        #expect(map.values.allSatisfy { $0 >= 0 && $0 <= 1 })
        #expect(Set(map.values).count > 10)
    }

    @Test("The same episode gives the same bits, alone or after others, and a Sendable model serves tasks at once")
    func deterministic() async throws {
        let model = try model()
        let episode = try SmallModel.episode()
        let first = try model.segment(episode)
        _ = try model.segment(SmallModel.episode(.box))
        #expect(try model.segment(episode) == first)
        try await withThrowingTaskGroup(of: Prediction.self) { group in
            for _ in 0..<4 { group.addTask { try model.segment(episode) } }
            for try await prediction in group { #expect(prediction == first) }
        }
    }

    @Test("Supports in another order change nothing but rounding")
    func order() throws {
        var episode = try SmallModel.episode(shots: 1)
        let other = try SmallModel.episode(.box).supports[0]
        episode.supports.append(other)
        let forward = try probabilities(episode)
        episode.supports.reverse()
        let backward = try probabilities(episode)
        #expect(zip(forward, backward).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test("The decoder goes behind a backbone of other widths without training")
    func stitching() throws {
        let stitched = try model().stitched(to: SmallModel.backbone(width: 12, seed: 9))
        #expect(try stitched.denoiser === stitched.with { $0.ensemble = 1 }.denoiser)
        _ = try stitched.segment(SmallModel.episode())
    }

    /// DDIM from a noise of its own.
    private struct GivenNoise: MaskSampler {
        let noise: Tensor

        func sample(
            _ process: DiffusionProcess, noise _: Tensor, expectation: Tensor?, random: inout TorchRandom,
            onStep: (SamplingStep) throws -> Void, denoise: (Tensor, Int) throws -> Tensor
        ) throws -> Tensor {
            try DDIMSampler(steps: 2).sample(
                process, noise: noise, expectation: expectation, random: &random, onStep: onStep, denoise: denoise)
        }
    }

    @Test("An ensemble is the mean of its samples")
    func ensemble() throws {
        let (model, episode) = (try model(), try SmallModel.episode())
        let side = model.denoiser.resolution
        var random = TorchRandom(seed: model.parts.seed)
        let noise = random.normal(shape: [2, side, side, 1])
        let singles = try (0..<2).map { index in
            try values(
                model.with {
                    $0.ensemble = 1
                    $0.sampler = GivenNoise(noise: noise.sliced(axis: 0, from: index, count: 1))
                }, episode)
        }
        let whole = try values(model, episode)
        for (index, value) in whole.enumerated() {
            let mean = (singles[0][index] + singles[1][index]) / 2
            #expect(abs(value - mean) < 1e-5)
        }
        let difference = zip(singles[0], singles[1]).map { abs($0 - $1) }.max() ?? 0
        #expect(difference > 1e-3, "both samples are the same")
    }

    private func values(_ model: DiffUp, _ episode: Episode) throws -> [Float] {
        guard case .probabilities(let map) = try model.segment(episode) else { return [] }
        return map.values
    }

    @Test("An explanation has every level, every step and what the quality branch says")
    func explanation() throws {
        let explanation = try model().explain(SmallModel.episode())
        #expect(explanation.steps.map(\.timestep) == [249, 124])
        #expect(explanation.levels.count == 3 && explanation.errorMap != nil)
        #expect((0...1).contains(explanation.predictedIoU ?? -1))
    }

    @Test("Episodes that show nothing are refused with the reason")
    func refusals() throws {
        let model = try model()
        var episode = try SmallModel.episode()
        let support = episode.supports[0]
        episode.supports = []
        #expect(throws: DiffUpError.noSupport) { try model.segment(episode) }
        let (height, width) = (support.image.height, support.image.width)
        let empty = BinaryMask(height: height, width: width, values: [Bool](repeating: false, count: height * width))
        episode.supports = [Support(image: support.image, annotation: .mask(empty), id: "photo.jpg")]
        let refusal = #expect(throws: DatasetError.self) { try model.segment(episode) }
        #expect(refusal?.description.contains("no marked pixel") == true)
    }

    @Test("A checkpoint of something else is refused with the key that is missing")
    func otherCheckpoint() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try Safetensors.save(StateDict(["weight": Tensor(zeros: [2])]), to: url)
        let refusal = #expect(throws: DiffUpError.self) { try DiffUpCheckpoint(contentsOf: url) }
        #expect(refusal?.description.contains("diffup.configuration") == true)
    }

    @Test("Configurations that no model can be built from are refused before they are built")
    func absurdConfiguration() throws {
        var configuration = SmallModel.configuration
        configuration.decoder.channels = [8, 8, 1 << 40]
        #expect(throws: ConfigurationError.self) { try configuration.validate(source: "x") }
        configuration = SmallModel.configuration
        configuration.decoder.groups = 0
        #expect(throws: ConfigurationError.self) { try configuration.validate(source: "x") }
        try SmallModel.configuration.validate(source: "x")
    }

    private func probabilities(_ episode: Episode) throws -> [Float] { try values(model(), episode) }
}
