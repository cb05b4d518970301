internal import Datasets
@testable internal import Diffusion
internal import SegModels
internal import TensorCore
internal import Testing

/// Laws of the whole model that no setting may break.
@Suite("Invariances of DiffUp")
struct InvarianceTests {
    private func map(_ prediction: Prediction) throws -> ProbabilityMap {
        guard case .probabilities(let map) = prediction else { throw DiffUpError.noSupport }
        return map
    }

    @Test("Identical supports have no variance and give the mask of any number of them")
    func identicalSupports() throws {
        let model = try SmallModel.model()
        var episode = try SmallModel.episode()
        let support = episode.supports[0]
        episode.supports = [support, support]
        let two = try model.extractor.priors(episode)
        for level in two {
            let variance = (level - level.mean(axes: [0], keepingDimensions: true)).squared().mean(axes: [0])
            #expect(variance.scalars.allSatisfy { $0 < 1e-10 })
        }
        let pair = try map(model.segment(episode))
        episode.supports = [support, support, support]
        let triple = try map(model.segment(episode))
        #expect(zip(pair.values, triple.values).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test("N classes at once are N runs of one, and the query's features are computed once for all of them")
    func ways() async throws {
        let counting = CountingBackbone(try SmallModel.backbone())
        let small = try SmallModel.model()
        let model = try DiffUp(backbone: counting, denoiser: small.denoiser, parts: small.parts)
        let first = try SmallModel.episode(.mask)
        var second = try SmallModel.episode(.box)
        second.classID += 1
        let single = try [first, second].map { try small.segment($0) }
        let joined = try await model.segment([first, second])
        #expect(joined == single)
        // One query, and four views of the one support under each annotation.
        #expect(counting.count == 1 + 4 + 4)
        let masks = try await NWaySegmenter(model, ways: 2).segment([first, second])
        #expect(try masks == NWayDecision.masks(of: single).map { Prediction.mask($0) })
    }

    @Test("Models that share features see their own affinities")
    func sharedFeatures() throws {
        let cache = FeatureCache(capacity: 1 << 28)
        let episode = try SmallModel.episode()
        var sharp = SmallModel.configuration
        sharp.affinity.power = 6
        for configuration in [SmallModel.configuration, sharp, SmallModel.configuration] {
            let alone = try SmallModel.model(configuration)
            let shared = try DiffUp(
                backbone: alone.extractor.backbone, denoiser: alone.denoiser, parts: alone.parts, cache: cache)
            #expect(try shared.segment(episode) == alone.segment(episode))
        }
    }

    @Test("Multi-metric training draws its transformations, and the cosine alone keeps the bits of a training without")
    func metrics() async throws {
        func weights(_ metrics: [String]) async throws -> [[Float]] {
            var training = SmallModel.training
            training.augmentation.metrics = metrics
            let trainer = try DiffUpTrainer(SmallModel.examples(), model: SmallModel.configuration, training: training)
            try await trainer.run()
            return withoutGradients { trainer.decoder.parameters.map { $0.value.scalars } }
        }
        let plain = try await weights([])
        #expect(try await weights(["foreground", "l2-exponential", "l1-reciprocal"]) != plain)
        #expect(try await weights([]) == plain)
        var training = SmallModel.training
        training.augmentation.metrics = ["euclid"]
        let error = #expect(throws: ConfigurationError.self) { try training.validate(source: "test") }
        #expect(error?.key == "augmentation.metrics")
    }

    @Test("Every switch of the text is reached by --set")
    func assignments() throws {
        let assignments = [
            #"model.priors=["l2-exponential","l2-exponential+affinity"]"#, "model.affinity.normalization=softmax",
            "model.affinity.temperature=0.2", "model.affinity.keepsNegatives=true", "model.affinity.power=1",
            "model.fusion.fixedCount=0", #"model.information=["sobel","canny"]"#, "model.process.shift=quadratic",
            "model.decoder.errorModulation=false", "model.decoder.iouModulation=false", "model.decoder.lowLevelChannels=32",
            "model.sampling.sampler=dpm++", "model.sampling.settledTolerance=0.01",
            #"training.augmentation.metrics=["foreground","l1-exponential"]"#,
        ]
        let settings = try TrainingSettings().changed(byJSON: nil, file: "", assignments: assignments)
        #expect(settings.model.sampling.sampler == "dpm++" && settings.model.decoder.lowLevelChannels == 32)
        _ = try settings.model.makeDenoiser(ParameterScope(.loading))
        let style = ["model.sampling.sampler=one-step", "model.denoiser=style"]
        let generator = try TrainingSettings().changed(byJSON: nil, file: "", assignments: style)
        #expect(try generator.model.makeDenoiser(ParameterScope(.loading)) is StyleDecoder)
        #expect(throws: ConfigurationError.self) {
            try TrainingSettings().changed(byJSON: nil, file: "", assignments: ["model.denoiser=gan"])
        }
    }
}
