public import Datasets
public import Diffusion
internal import SegModels
public import TensorCore

/// All that decides a training on base classes.
public struct GFSSBasePlan: TrainingPlan, Hashable, Sendable {
    public typealias Summary = GFSSTrainingSummary

    public static let command = "gfss train base"
    public static let folderName = "gfss-base"
    public static let modelFile = "model.safetensors"

    /// What is trained on.
    public var dataset: DatasetChoice
    /// How base and novel classes are set up.
    public var convention: GFSSConvention
    /// The fold whose classes are novel.
    public var fold: Int
    /// The backbone to begin with.
    public var backbone: BackboneChoice
    /// The head and its training.
    public var settings: GFSSSettings
    public var precision: Precision
    /// Filled in when the run starts; a run is only continued with the same.
    var dataHash: String?
    var weightsHash: String?

    /// A training on the base classes of a fold.
    public init(
        dataset: DatasetChoice, convention: GFSSConvention, fold: Int = 0, backbone: BackboneChoice,
        settings: GFSSSettings = GFSSSettings(), precision: Precision = .float32
    ) {
        (self.dataset, self.convention, self.fold) = (dataset, convention, fold)
        (self.backbone, self.settings, self.precision) = (backbone, settings, precision)
    }

    public var seed: UInt64 { settings.training.seed }

    /// - Throws: `ConfigurationError` for settings, `RunError` for a fold, `DatasetError`.
    public func validate() throws {
        try settings.validate(source: "the plan")
        if settings.mixture != GFSSRegistration.Mixture() {
            throw RunError.conflict("mixture is for novel classes; base classes are learned from base images alone.")
        }
        let canvas = settings.canvas(of: convention)
        guard GFSSNetwork.Configuration.sides.contains(canvas.side), GFSSSettings.canvasMultiples.contains(canvas.multiple) else {
            throw RunError.setting(
                "the convention's canvas", found: "\(canvas)",
                expected: "\(GFSSNetwork.Configuration.sides) pixels and multiples of \(GFSSSettings.canvasMultiples)")
        }
        try dataset.check(folds: [fold])
    }

    public nonisolated(nonsending) func task(
        in folder: TrainingFolder<GFSSBasePlan>, features: FeatureStore, observe: RunObserver
    ) async throws -> any TrainingTask<GFSSBasePlan> {
        var plan = folder.settings
        plan.settings.shards = try folder.shards(
            plan.settings.shards, ofBatch: plan.settings.training.batchSize, key: "shards", observe)
        let loaded = try plan.backbone.load(precision: plan.precision)
        loaded.remarks.forEach { observe(.note($0)) }
        try folder.requireUnchanged("the weights of the backbone", plan.weightsHash, loaded.weightsSHA256)
        plan.weightsHash = loaded.weightsSHA256
        let data = try GFSSData(plan.dataset, plan.convention, fold: plan.fold)
        try folder.requireUnchanged("the list of images or classes", plan.dataHash, data.digest)
        plan.dataHash = data.digest
        var configuration = GFSSNetwork.Configuration(
            backbone: loaded.description.forDenseLabels, classes: data.view.baseClasses)
        (configuration.head, configuration.rule) = (plan.settings.head, plan.settings.rule)
        configuration.canvas = plan.settings.canvas(of: plan.convention)
        let network = try GFSSNetwork(configuration, ParameterScope(seed: plan.seed), precision: plan.precision)
        try network.loadBackbone(loaded)
        let images = data.view.baseImages.count
        observe(.note("Learning \(data.view.baseClasses.count) base classes of \(plan.dataset.name) from \(images) images"))
        let engine = try plan.settings.training.engine(network, on: [data.base()], shards: plan.settings.shards)
        return GFSSTask(
            plan: plan, backbones: [BackboneRecord(loaded)], engine: engine, network: network,
            checkpointInterval: plan.settings.checkpointInterval, model: folder.file(Self.modelFile),
            notes: ["training": "\(plan.dataset.dataset), base classes of fold \(plan.fold)"])
    }
}

/// What a finished training reports.
public struct GFSSTrainingSummary: Codable, Sendable {
    /// The network's file.
    public var model: String
    /// The classes that it names, beside the background.
    public var classes: [String]
    /// Steps in all.
    public var steps: Int
    /// The last loss; nil where no step was left to do.
    public var loss: Float?
    /// The last share of pixels that were named rightly, 0...1.
    public var accuracy: Float?
}
