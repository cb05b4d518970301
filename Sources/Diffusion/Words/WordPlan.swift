public import Datasets
internal import Foundation
public import SegModels
public import TensorCore

/// The training of words in a run folder.
public typealias WordTraining = TrainingRun<WordPlan>

/// How words are trained, as one JSON file.
public struct WordSettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// The sizes of the dual encoder.
    public var shape = WordShape()
    /// Scenes of each base class.
    public var imagesPerClass = 30
    /// Base classes that are not shown either: what settings are chosen on, without a look at novel classes.
    public var heldOutClasses: [Int] = []
    /// Optimizer steps.
    public var steps = 600
    /// Places a step.
    public var batchSize = 512
    /// The learning rate after warm-up; AdamW, cosine decay.
    public var learningRate: Float = 2e-3
    /// Decoupled weight decay.
    public var weightDecay: Float = 0.05
    /// The weight of what keeps names between their words; 0 for none.
    public var compositionWeight: Float = 30
    /// Steps between checkpoints.
    public var checkpointInterval = 200
    /// Parts of equal size that every batch is cut into, so that any number of processes up to it gives the same bits; nil for one
    /// process, whole batches.
    @NullableKey public var shards: Int?
    /// Drives initial weights and everything that is drawn.
    public var seed: UInt64 = 0

    /// The defaults, which are trained in a minute.
    public init() {}

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        let steps = 1...TrainingEngine.maximumSteps
        let own: ConfigurationRanges = [
            "imagesPerClass": .whole(1...100_000), "steps": .whole(steps), "batchSize": .whole(2...1_000_000),
            "learningRate": .real(above: 0, upTo: 1000), "weightDecay": .real(0...1000),
            "compositionWeight": .real(0...1e6), "checkpointInterval": .whole(steps),
            "shards": .whole(1...4096), "seed": .seed,
            "heldOutClasses": .list(.whole(1...Shapes5i.classCount), count: 0...Shapes5i.classCount),
        ]
        return own.with(WordShape.ranges, under: "shape")
    }

    public func validateRelations(source: String) throws(ConfigurationError) {
        do throws(ConfigurationError) { try shape.validateRelations(source: source) } catch { throw error.under("shape") }
    }
}

/// All that decides a training of words on captions of Shapes-5i's base classes.
public struct WordPlan: TrainingPlan, Hashable, Sendable {
    public typealias Summary = WordSummary

    public static let command = "train words"
    public static let folderName = "words"
    public static let modelFile = "words.safetensors"

    /// The network that the words stand behind; it stays as it is.
    public var backbone: BackboneChoice
    /// The fold of Shapes-5i whose classes stay unseen.
    public var fold: Int
    /// Sizes and numbers.
    public var settings: WordSettings
    /// The type of the backbone's activations.
    public var precision: Precision
    /// Filled in when the run starts; a run is only continued with the same.
    var backboneSHA256: String?

    /// A training behind a backbone.
    public init(
        backbone: BackboneChoice, fold: Int = 0, settings: WordSettings = WordSettings(), precision: Precision = .float32
    ) {
        (self.backbone, self.fold, self.settings, self.precision) = (backbone, fold, settings, precision)
    }

    /// The backbone that comes along, which knows nothing of the novel classes of fold 0; nil where the resources were left out of
    /// the build.
    public static var shippedBackbone: BackboneChoice? {
        ShippedModels.shapes5i.map { BackboneChoice(name: nil, weights: $0.backbone.path) }
    }

    /// The fold whose novel classes were not shown to what comes along.
    static let shippedFold = 0

    public var seed: UInt64 { settings.seed }

    /// What decides the results, for the engine's state.
    struct Deciding: Codable {
        var backbone: String?
        var fold: Int
        var settings: WordSettings
    }

    /// The classes that the words are learned from.
    var shownClasses: [Int] {
        let heldOut = Set(settings.heldOutClasses)
        return Shapes5i.baseClasses(ofFold: fold).filter { !heldOut.contains($0) }
    }

    /// - Throws: `ConfigurationError` for numbers, `RunError` for a fold out of range, or one whose classes the backbone has seen.
    public func validate() throws {
        try settings.validate(source: "the plan")
        guard (0..<Shapes5i.foldCount).contains(fold) else {
            throw RunError.setting("fold", found: "\(fold)", expected: "0...\(Shapes5i.foldCount - 1)")
        }
        guard !shownClasses.isEmpty else {
            throw RunError.setting(
                "heldOutClasses", found: "all base classes of fold \(fold)", expected: "some of them left to be shown")
        }
        guard fold == Self.shippedFold || backbone != Self.shippedBackbone else {
            throw RunError.setting(
                "backbone", found: "the one that comes along, which has seen the novel classes of fold \(fold)",
                expected: "one that was trained for this fold: fss train backbone --fold \(fold)")
        }
    }

    public nonisolated(nonsending) func task(
        in folder: TrainingFolder<WordPlan>, features: FeatureStore, observe: RunObserver
    ) async throws -> any TrainingTask<WordPlan> {
        try await WordTask(folder, observe)
    }
}

/// What a finished training of words reports.
public struct WordSummary: Codable, Sendable {
    /// The file of the dual encoder.
    public var words: String
    /// Steps in all.
    public var steps: Int
    /// The last loss; nil where no step was left to do.
    public var loss: Float?
    /// The last share of pairs of place and caption that were told rightly, 0...1.
    public var accuracy: Float?
}
