internal import Datasets
internal import SegModels
public import TensorCore

/// All numbers of a reproduction of DiffUp, as one JSON file.
public struct DiffUpSettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// The model that the tables vary.
    public var model = DiffUpConfiguration()
    /// Its training, the same for all rows.
    public var training = TrainingConfiguration()
    /// The training of networks that the run makes itself; of no meaning where backbones are given.
    public var pretraining = DensePretraining.Configuration()
    /// The training of words behind the first backbone; of no meaning but on Shapes-5i.
    public var words = WordSettings()
    /// Episodes of a score.
    public var episodes = 1000
    /// Episodes of figures 6 and 9.
    public var figureEpisodes = 200
    /// Supports of the many-shot columns.
    public var manyShots = 5
    /// Supports of figure 8.
    public var shots = [1, 2, 3, 5, 10]
    /// Sampling steps of figure 8, with the default sampler.
    public var steps = [1, 2, 5, 10, 20, 50]
    /// Steps of the other samplers.
    public var samplerSteps = 10
    /// The rows that are trained, by name; all where there are none. The full model is always one.
    public var variants: [String] = []
    /// Sampling steps of the preset of the paper.
    public var paperSteps = 50

    /// The defaults: sizes of the paper.
    public init() {}

    /// A setting for two cores and Shapes-5i: a small decoder on small photos, few steps.
    public static var quick: DiffUpSettings {
        var settings = DiffUpSettings()
        settings.model.imageSize = 128
        settings.model.decoder.resolution = 32
        settings.model.decoder.channels = [16, 32, 64]
        settings.model.decoder.embedding = 128
        settings.model.decoder.sinusoid = 64
        settings.model.sampling.ensemble = 3
        // A schedule and an average that fit so few steps.
        settings.training.steps = 120
        settings.training.warmUpSteps = 12
        settings.training.learningRate = 2e-3
        settings.training.emaDecay = 0.95
        settings.training.annotations = [.mask, .box, .scribble]
        settings.training.multiShotProbability = 0.15
        settings.pretraining.steps = 250
        settings.pretraining.batchSize = 8
        settings.episodes = 80
        settings.figureEpisodes = 20
        settings.shots = [1, 2, 5]
        settings.steps = [1, 2, 5, 10]
        settings.samplerSteps = 5
        settings.variants = [
            "no-affinity", "no-edges", "no-iou", "no-error", "no-dqm", "cosine", "l2-exponential", "l1-exponential",
            "plain-l2-exponential", "multi-metric", "style", "lfe", "shifted", "paper",
        ]
        return settings
    }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        let counts = ConfigurationRange.whole(1...1_000_000)
        let own: ConfigurationRanges = [
            "episodes": counts, "figureEpisodes": counts, "manyShots": .whole(1...1000), "samplerSteps": .whole(1...100_000),
            "paperSteps": .whole(1...100_000), "shots": .list(.whole(1...1000), count: 0...100),
            "steps": .list(.whole(1...100_000), count: 0...100),
        ]
        return own.with(DiffUpConfiguration.ranges, under: "model").with(TrainingConfiguration.ranges, under: "training")
            .with(DensePretraining.Configuration.ranges, under: "pretraining").with(WordSettings.ranges, under: "words")
    }

    public func validateRelations(source: String) throws(ConfigurationError) {
        do throws(ConfigurationError) { try model.validateRelations(source: source) } catch { throw error.under("model") }
        do throws(ConfigurationError) { try training.validateRelations(source: source) } catch { throw error.under("training") }
        do throws(ConfigurationError) { try words.validateRelations(source: source) } catch { throw error.under("words") }
        let names = DiffUpVariant.all.map(\.id)
        try ConfigurationError.check(
            variants.allSatisfy { names.contains($0) }, source, "variants", found: variants,
            expected: "names of \(names.joined(separator: ", "))")
        for (key, value) in [("samplerSteps", samplerSteps), ("paperSteps", paperSteps), ("steps", steps.max() ?? 1)] {
            try ConfigurationError.check(
                value <= model.process.steps, source, key, found: value,
                expected: "at most model.process.steps (\(model.process.steps))")
        }
    }
}
