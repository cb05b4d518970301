public import Datasets
public import Diffusion
public import TensorCore

/// The parts of a miniature, in the order in which they are trained.
public enum MiniatureStage: String, Codable, Sendable, CaseIterable {
    /// Between pictures and latents.
    case autoencoder
    /// The denoiser with its text tower.
    case denoiser
    /// A ControlNet, and the denoiser along with it.
    case control

    /// The stage that has to be there before.
    public var before: MiniatureStage? {
        switch self {
        case .autoencoder: nil
        case .denoiser: .autoencoder
        case .control: .denoiser
        }
    }
}

/// How a stage is trained.
public struct MiniatureTraining: Hashable, RangedConfiguration {
    /// Optimizer steps.
    public var steps = 3000
    /// Pictures a step.
    public var batchSize = 32
    /// The learning rate after warm-up; AdamW, cosine decay.
    public var learningRate: Float = 1e-3
    /// Decoupled weight decay.
    public var weightDecay: Float = 0.01
    /// The share that the moving average of the weights keeps.
    public var averageDecay: Float = 0.998
    /// The share of captions that are empty.
    public var captionDropout: Float = 0.1
    /// Whether denoiser and text tower are trained along with the ControlNet (control).
    public var trainsDenoiser = true
    /// The share of pictures to which the ControlNet adds nothing where the denoiser is trained along (control).
    public var hintDropout: Float = 0.2
    /// The weight of the latents' divergence from a standard normal distribution (autoencoder).
    public var divergenceWeight: Float = 1e-4
    /// Parts of equal size that every batch is cut into, so that any number of processes up to it gives the same bits; nil for one
    /// process, whole batches.
    @NullableKey public var shards: Int?
    /// Drives initial weights and everything that is drawn.
    public var seed: UInt64 = 0

    public static let ranges: ConfigurationRanges = [
        "steps": .whole(0...TrainingEngine.maximumSteps), "batchSize": .whole(1...4096),
        "learningRate": .real(above: 0, upTo: 1000), "weightDecay": .real(0...1000), "averageDecay": .real(0...1),
        "captionDropout": .real(0...1), "hintDropout": .real(0...1), "divergenceWeight": .real(0...1000),
        "shards": .whole(1...4096), "seed": .seed,
    ]

    /// The defaults.
    public init() {}

    /// Pictures that one loss is computed of: a shard's, or the batch.
    var shardSize: Int { batchSize / (shards ?? 1) }

    /// The defaults of a stage: all three are meant to end within two hours on two cores.
    public init(_ stage: MiniatureStage) {
        switch stage {
        case .autoencoder: (steps, batchSize) = (3000, 16)
        case .denoiser: (steps, batchSize) = (6000, 64)
        case .control: (steps, batchSize, learningRate) = (3000, 32, 5e-4)
        }
    }
}

/// What decides the training of a stage, as one JSON file.
public struct MiniatureSettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// The networks' sizes, the same for all stages.
    public var shape = MiniatureShape()
    /// How the stage is trained.
    public var training = MiniatureTraining()
    /// Scenes of each base class.
    public var imagesPerClass = 400
    /// How close they are looked at.
    public var framing = SceneFraming()
    /// Steps between checkpoints.
    public var checkpointInterval = 500

    /// The defaults.
    public init() {}

    /// The defaults of a stage.
    public init(_ stage: MiniatureStage) { training = MiniatureTraining(stage) }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        let own: ConfigurationRanges = [
            "imagesPerClass": .whole(1...100_000), "checkpointInterval": .whole(1...TrainingEngine.maximumSteps),
        ]
        return own.with(MiniatureShape.ranges, under: "shape").with(MiniatureTraining.ranges, under: "training")
            .with(SceneFraming.ranges, under: "framing")
    }

    public func validateRelations(source: String) throws(ConfigurationError) {
        do throws(ConfigurationError) { try shape.validateRelations(source: source) } catch { throw error.under("shape") }
        do throws(ConfigurationError) { try framing.validateRelations(source: source) } catch { throw error.under("framing") }
    }
}

/// All that decides the training of one stage of a miniature of Stable Diffusion for Shapes-5i.
///
/// Rombach et al. (2022) with a ControlNet (Zhang et al. 2023), in sizes that two cores can train. Its folder is one of diffusers, which
/// `TextToImage.load(_:)` reads as it reads Stable Diffusion.
public struct MiniaturePlan: TrainingPlan, Hashable, Sendable {
    public typealias Summary = MiniatureSummary

    public static let command = "train miniature"
    public static let folderName = "miniature"
    public static let modelFile = "model"

    /// What is trained.
    public var stage: MiniatureStage
    /// The model of the stage before: a folder of diffusers; nil for the autoencoder.
    public var base: String?
    /// The fold of Shapes-5i whose classes stay unseen.
    public var fold: Int
    /// Sizes, and how they are trained.
    public var settings: MiniatureSettings
    /// The type of activations.
    public var precision: Precision
    /// Filled in when the run starts; a run is only continued with the same.
    var baseDigest: String?

    /// A training of a stage.
    public init(
        _ stage: MiniatureStage, base: String? = nil, fold: Int = 0, settings: MiniatureSettings? = nil,
        precision: Precision = .float32
    ) {
        (self.stage, self.base, self.fold) = (stage, base, fold)
        self.settings = settings ?? MiniatureSettings(stage)
        self.precision = precision
    }

    public var seed: UInt64 { settings.training.seed }

    /// What decides the results, for the engine's state.
    struct Deciding: Codable {
        var stage: MiniatureStage
        var fold: Int
        var settings: MiniatureSettings
    }

    var deciding: Deciding { Deciding(stage: stage, fold: fold, settings: settings) }

    /// - Throws: `ConfigurationError` for sizes and settings, `RunError` for a fold out of range or a stage without its base.
    public func validate() throws {
        try settings.validate(source: "the plan")
        guard (0..<Shapes5i.foldCount).contains(fold) else {
            throw RunError.setting("fold", found: "\(fold)", expected: "0...\(Shapes5i.foldCount - 1)")
        }
        if let before = stage.before, base == nil {
            throw RunError.setting(
                "base", found: "none",
                expected: "the folder that the stage \(before.rawValue) wrote, for the stage \(stage.rawValue)")
        }
        if stage.before == nil, let base {
            throw RunError.setting("base", found: base, expected: "none, as the autoencoder comes first")
        }
    }

    public nonisolated(nonsending) func task(
        in folder: TrainingFolder<MiniaturePlan>, features: FeatureStore, observe: RunObserver
    ) async throws -> any TrainingTask<MiniaturePlan> {
        try await MiniatureTask(folder, observe)
    }
}

/// What a finished training of a miniature's stage reports.
public struct MiniatureSummary: Codable, Sendable {
    /// The folder of diffusers with all stages so far.
    public var model: String
    /// What was trained.
    public var stage: MiniatureStage
    /// Steps in all.
    public var steps: Int
    /// The loss, following slowly; 0 where no step was left to do.
    public var smoothedLoss: Double
    /// Bytes of the folder.
    public var bytes: Int
}
