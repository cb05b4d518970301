public import Datasets
internal import SegModels
public import TensorCore

/// How a decoder is trained. Values that the paper leaves open are keys with a default.
public struct TrainingConfiguration: Hashable, VersionedConfiguration {
    /// Optimizer steps.
    public var steps = 3000
    /// Episodes a step.
    public var batchSize = 8
    /// The learning rate after warm-up; AdamW.
    public var learningRate: Float = 1e-3
    /// Steps of linear warm-up; a cosine follows.
    public var warmUpSteps = 50
    /// Decoupled weight decay of matrices and kernels (biases and norms take none).
    public var weightDecay: Float = 0.01
    /// Adam's second-moment decay.
    public var beta2: Float = 0.99
    /// The share of the moving average that a step keeps.
    public var emaDecay: Float = 0.99
    /// The gradients' joint norm is limited to this.
    public var gradientClip: Float = 1
    /// Weight of the error-map loss (equation 21).
    public var errorWeight: Float = 0.1
    /// Weight of the IoU loss (equation 21).
    public var iouWeight: Float = 0.1
    /// How timesteps are weighed in the diffusion loss.
    public var weighting = LossWeighting.uniform
    /// The annotations that supports carry in training; drawn evenly. Supports are drawn anew for every example.
    public var annotations: [AnnotationRule] = [.mask]
    /// How often an episode has several supports instead of one.
    public var multiShotProbability: Float = 0
    /// Supports of such an episode.
    public var multiShotCount = 4
    /// How often an example is a region of a photo in two views of it (``RegionTasks``): stuff, parts, single and joined things. Nil for
    /// never, as 0.
    @NullableKey public var regionShare: Float?
    /// Regions of a photo, where there are any: each costs two passes of the backbone over a support's views. Nil for 3.
    @NullableKey public var regions: Int?
    /// How often an item is seen from so near that it fills the frame, as a query and, drawn apart, as a support. Nil for never, as 0.
    @NullableKey public var nearShare: Float?
    /// Augmentations.
    public var augmentation = AugmentationConfiguration()
    /// Classes of the training list that are kept aside for selection; never the novel ones.
    public var heldOutClasses = 0
    /// Steps between evaluations on the held-out classes; 0 for none.
    public var evaluationInterval = 0
    /// Steps between checkpoints.
    public var checkpointInterval = 200
    /// Activations of the decoder.
    public var precision = Precision.float32
    /// Activations of the backbone, which runs once before the training.
    public var backbonePrecision = Precision.float32
    /// Parts of equal size that every batch is cut into, so that any number of processes up to it gives the same bits; nil for one
    /// process, whole batches.
    @NullableKey public var shards: Int?
    /// Drives initial weights, episodes, noise and augmentation.
    public var seed: UInt64 = 0

    /// The defaults.
    public init() {}

    /// Episodes that one loss is computed of: a shard's, or the batch.
    var shardSize: Int { batchSize / (shards ?? 1) }

    /// ``regionShare`` as a number.
    var regionProbability: Float { regionShare ?? 0 }

    /// ``nearShare`` as a number.
    var nearProbability: Float { nearShare ?? 0 }

    /// ``regions`` as a number.
    var regionCount: Int { regions ?? 3 }

    /// The shards of a training that several processes begin without saying how many: the largest power of two up to 4 that divides the
    /// batch, so that one to four processes give the same bits.
    static func standardShards(batchSize: Int) -> Int { [4, 2].first { batchSize % $0 == 0 } ?? 1 }

    /// What the paper says (section 4.1) and, where it is silent, the values that its sources use: Adam at 1e-4 without decay,
    /// 16 episodes a step, all annotations mixed, both quality losses at 0.1.
    public static var paper: TrainingConfiguration {
        var paper = TrainingConfiguration()
        paper.batchSize = 16
        paper.learningRate = 1e-4
        paper.weightDecay = 0
        paper.beta2 = 0.999
        paper.annotations = [.mask, .box, .scribble]
        paper.augmentation.priorJitter = 0
        return paper
    }
}

/// The weight of a timestep's loss.
public enum LossWeighting: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every timestep counts the same in the estimated quantity.
    case uniform
    /// Min-SNR with gamma 5 (Hang et al. 2023).
    case minSNR = "min-snr"
}

/// Augmentations of training episodes.
public struct AugmentationConfiguration: Hashable, RangedConfiguration {
    /// Mirrors half of the episodes.
    public var flips = true
    /// The smallest side of a random crop, as a share.
    public var smallestCrop: Float = 0.6
    /// Deviation of the random gain (logarithmic) and shift of every prior: keeps the decoder from relying on the
    /// calibration of one backbone.
    public var priorJitter: Float = 0.15
    /// Multi-metric training (section 4.7.1): the foreground prior of every example is computed by one of these, drawn evenly, names
    /// of `PriorRegistry`; empty for the prior's own.
    public var metrics: [String] = []

    public static let ranges: ConfigurationRanges = [
        "smallestCrop": .real(above: 0, upTo: 1), "priorJitter": .real(0...10),
    ]

    /// The defaults.
    public init() {}

    /// The values behind ``metrics``.
    ///
    /// - Throws: `UnknownName`.
    func transformations() throws(UnknownName) -> [any PriorTransformation] {
        var found: [any PriorTransformation] = []
        for name in metrics { found.append(try PriorRegistry.transformations.member(named: name)) }
        return found
    }
}
