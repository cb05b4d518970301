public import Datasets
public import Diffusion
internal import Foundation
public import TensorCore

/// All that decides a registration of novel classes.
public struct GFSSNovelPlan: TrainingPlan, Hashable, Sendable {
    public typealias Summary = GFSSTrainingSummary

    public static let command = "gfss train novel"
    public static let folderName = "gfss-novel"
    public static let modelFile = "model.safetensors"

    /// Where supports and base images are from.
    public var dataset: DatasetChoice
    /// How base and novel classes are set up.
    public var convention: GFSSConvention
    /// The fold whose classes are novel.
    public var fold: Int
    /// The network of base classes.
    public var base: String
    /// Supports a class.
    public var shots: Int
    /// What they are drawn with.
    public var supportSeed: UInt64
    /// A file that names them (`SupportList`); nil to draw them.
    public var supports: String?
    /// Folders of synthetic images with labels; nil for none.
    public var synthetic: [String]?
    /// The training.
    public var settings: GFSSSettings
    public var precision: Precision
    /// Filled in when the run starts; a run is only continued with the same.
    var dataHash: String?
    var baseHash: String?
    var supportsHash: String?
    var syntheticHashes: [String]?

    /// A registration of the novel classes of a fold.
    public init(
        dataset: DatasetChoice, convention: GFSSConvention, fold: Int = 0, base: String, shots: Int = 1, supportSeed: UInt64,
        supports: String? = nil, synthetic: [String] = [], settings: GFSSSettings = .novel, precision: Precision = .float32
    ) {
        (self.dataset, self.convention, self.fold, self.shots) = (dataset, convention, fold, shots)
        self.base = URL(fileURLWithPath: base).standardizedFileURL.path
        self.supportSeed = supportSeed
        self.supports = supports.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        self.synthetic = synthetic.isEmpty ? nil : synthetic.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        (self.settings, self.precision) = (settings, precision)
    }

    /// Takes new places of files, for a run that is continued elsewhere.
    ///
    /// - Throws: `RunError` for another number of synthetic sets, and a file of supports where the run drew them.
    public mutating func move(base: String?, supports: String? = nil, synthetic: [String]) throws(RunError) {
        if let base { self.base = URL(fileURLWithPath: base).standardizedFileURL.path }
        if let supports {
            guard self.supports != nil else {
                throw RunError.conflict("the run drew its supports with the seed \(supportSeed); leave --supports out.")
            }
            self.supports = URL(fileURLWithPath: supports).standardizedFileURL.path
        }
        guard !synthetic.isEmpty else { return }
        let count = self.synthetic?.count ?? 0
        guard synthetic.count == count else {
            throw RunError.setting("synthetic", found: "\(synthetic.count)", expected: "\(count), as the run has")
        }
        self.synthetic = synthetic.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    }

    public var seed: UInt64 { settings.training.seed }

    /// - Throws: `ConfigurationError` for settings, `RunError` for a number or a file, `DatasetError`.
    public func validate() throws {
        try settings.validate(source: "the plan")
        if settings.head != GFSSSettings.novel.head || settings.rule != GFSSSettings.novel.rule {
            throw RunError.conflict("head and rule are those of the network of base classes; leave them out.")
        }
        if settings.canvasMultiple != nil || settings.canvasPadding != nil {
            throw RunError.conflict(
                "canvasMultiple and canvasPadding are those of the network of base classes; leave them out.")
        }
        if shots < 1 { throw RunError.setting("shots", found: "\(shots)", expected: "1 or more") }
        guard FileManager.default.fileExists(atPath: base) else {
            throw RunError.file(
                base, found: "no such file", expected: "a network of `fss gfss train base`", advice: "check --base")
        }
        try dataset.check(folds: [fold])
    }

    public nonisolated(nonsending) func task(
        in folder: TrainingFolder<GFSSNovelPlan>, features: FeatureStore, observe: RunObserver
    ) async throws -> any TrainingTask<GFSSNovelPlan> {
        var plan = folder.settings
        plan.settings.shards = try folder.shards(
            plan.settings.shards, ofBatch: plan.settings.training.batchSize, key: "shards", observe)
        let file = URL(fileURLWithPath: plan.base)
        let hash = try FileRecord(file).sha256
        try folder.requireUnchanged("the network of base classes", plan.baseHash, hash)
        plan.baseHash = hash
        let network = try GFSSNetwork.load(contentsOf: file, precision: plan.precision)
        let data = try GFSSData(plan.dataset, plan.convention, fold: plan.fold)
        try folder.requireUnchanged("the list of images or classes", plan.dataHash, data.digest)
        plan.dataHash = data.digest
        try Self.check(network, knows: data.view, file: plan.base)
        let list = try plan.supports.map { try SupportList(contentsOf: URL(fileURLWithPath: $0)) }
        if let list { try folder.requireUnchanged("the file of supports", plan.supportsHash, list.sha256) }
        plan.supportsHash = list?.sha256
        let supports =
            try list?.supports(of: data.view, shots: plan.shots)
            ?? data.view.supports(shots: plan.shots, seed: plan.supportSeed)
        let sets = try (plan.synthetic ?? []).map { try SyntheticSet(contentsOf: URL(fileURLWithPath: $0)) }
        for (set, known) in zip(sets, plan.syntheticHashes ?? []) {
            try folder.requireUnchanged("the set \(set.folder.path)", known, set.digest)
        }
        plan.syntheticHashes = sets.isEmpty ? nil : sets.map(\.digest)
        let registration = GFSSRegistration(
            network, novel: data.view.novelClasses, supports: try data.supports(supports),
            synthetic: sets.isEmpty ? nil : SyntheticSet.examples(sets), baseExamples: data.base())
        let names = data.view.novelClasses.map(\.name).joined(separator: ", ")
        observe(
            .note("Learning \(names) from \(supports.count) supports and \(registration.synthetic?.count ?? 0) synthetic images"))
        let (extended, engine) = try registration.engine(
            plan.settings.training, mixture: plan.settings.mixture, shards: plan.settings.shards)
        return GFSSTask(
            plan: plan, backbones: [], engine: engine, network: extended, checkpointInterval: plan.settings.checkpointInterval,
            model: folder.file(Self.modelFile),
            notes: ["training": "\(plan.dataset.dataset), fold \(plan.fold), \(plan.shots) shots, \(plan.origin)"])
    }

    /// Where supports are from.
    private var origin: String { supportsHash.map { "supports of a file, sha256 \($0.prefix(16))" } ?? "seed \(supportSeed)" }

    /// Refuses a network of other base classes.
    private static func check(_ network: GFSSNetwork, knows view: GFSSView, file: String) throws(RunError) {
        let (found, expected) = (Set(network.classes.map(\.id)), Set(view.baseClasses.map(\.id)))
        guard found == expected else {
            throw .file(
                file, found: "classes \(found.sorted())", expected: "the base classes of the fold, \(expected.sorted())",
                advice: "check --base and --fold")
        }
    }
}
