public import Datasets
public import Diffusion
public import SegModels
internal import Synchronization

/// What a wrapped model is made from, for one fold.
public struct WrappedModelContext: Sendable {
    /// The network with its description.
    public var network: LoadedBackbone
    /// The network.
    public var backbone: any Backbone { network.backbone }
    /// The decoder of the fold; nil where none was given.
    public var checkpoint: DiffUpCheckpoint?
    /// Learners of the fold, such as HSNet.
    public var learners: [FewShotCheckpoint]
    /// The base classes of the fold.
    public var training: any FewShotDataset
    /// The square that photos are resized to.
    public var imageSize: Int
    /// Episodes of base classes to choose thresholds on.
    public var fittingEpisodes: Int
    /// What is drawn at random.
    public var seed: UInt64
}

/// Models that the reproduction of DifFSS wraps, by name: one of your own is one call, made before the reproduction starts. Learners go by
/// the names of `FewShotFamilies`, a registered one of your own among them.
///
/// ```swift
/// WrappedModels.register("mine") { context in Mine(context.backbone) }
/// ```
public enum WrappedModels {
    /// Makes a model of a fold.
    public typealias Factory = @Sendable (WrappedModelContext) async throws -> any EpisodicSegmenter

    /// DiffUp, which needs a decoder.
    public static let diffUp = "diffup"
    /// Prototypes of foreground and background.
    public static let contrast = "contrast"
    /// Prototypes of the foreground, with a threshold chosen on base classes.
    public static let foreground = "foreground"

    private static let factories = Mutex<[String: Factory]>([
        diffUp: { context in
            guard let checkpoint = context.checkpoint else {
                throw RunError.conflict("the model diffup needs --checkpoint, the decoder of the fold.")
            }
            return try checkpoint.model(behind: context.backbone)
        },
        contrast: { context in PriorBaseline(backbone: context.backbone, imageSize: context.imageSize) },
        foreground: { context in
            let baseline = PriorBaseline(
                backbone: context.backbone, prior: try PriorKind.foreground.prior(), imageSize: context.imageSize)
            let episodes = try EpisodeSampler(.vocUniform, seed: context.seed)
                .episodes(from: context.training.items, shots: 1, count: context.fittingEpisodes)
            return try await baseline.fitted(to: episodes, loader: EpisodeLoader(dataset: context.training))
        },
    ])

    /// Registers a model, in place of one that has the name.
    public static func register(_ name: String, _ factory: @escaping Factory) { factories.withLock { $0[name] = factory } }

    /// The names in alphabetical order.
    public static var names: [String] { factories.withLock { Set($0.keys) }.union(FewShotFamilies.names).sorted() }

    static func factory(_ name: String) throws(RunError) -> Factory {
        if let found = factories.withLock({ $0[name] }) { return found }
        guard FewShotFamilies.names.contains(name) else {
            throw .setting("model", found: name, expected: names.joined(separator: ", "))
        }
        return { context in
            guard let learner = context.learners.first(where: { $0.settings.architecture == name }) else {
                throw RunError.conflict("the model \(name) needs --learner, its checkpoint of the fold.")
            }
            return try learner.model(behind: context.network)
        }
    }
}
