public import Datasets
internal import Foundation
public import SegModels
public import TensorCore

/// The reproduction of DiffUp's tables and figures: all that decides it.
///
/// Every cell, a fold with a seed, trains the decoders of ``DiffUpSettings/variants`` with one set of features and scores them on the same
/// episodes, so that rows are compared pair by pair.
public struct DiffUpReproduction: Reproduction, Codable, Hashable {
    /// The command, as manifests name it.
    public static let command = "reproduce diffup"

    /// A network that the run trains by itself, on the base classes of the cell's fold.
    public struct OwnBackbone: Codable, Hashable, Sendable {
        /// What tables call it.
        public var title: String
        /// The network.
        public var description: BackboneDescription

        /// Names a network.
        public init(_ title: String, _ description: BackboneDescription) {
            (self.title, self.description) = (title, description)
        }
    }

    /// What is learned and tested.
    public var dataset: DatasetChoice
    /// The folds, from 0.
    public var folds: [Int] = [0]
    /// Seeds of trainings and episodes; one run for each.
    public var seeds: [UInt64] = [0, 1, 2]
    /// The backbones; the first is the one of all tables but those of stitching.
    public var backbones: [BackboneChoice]
    /// What tables call them; their own names where there are none.
    public var names: [String] = []
    /// Further ones that the run trains itself.
    public var ownBackbones: [OwnBackbone] = []
    /// Another dataset, whose same fold is asked after training on ``dataset`` (table 4); nil for none.
    public var crossDataset: DatasetChoice?
    /// The numbers.
    public var settings: DiffUpSettings
    /// The type of activations.
    public var precision = Precision.float32

    /// A reproduction behind given backbones.
    public init(dataset: DatasetChoice, backbones: [BackboneChoice], settings: DiffUpSettings = DiffUpSettings()) {
        (self.dataset, self.backbones, self.settings) = (dataset, backbones, settings)
    }

    /// A reproduction from nothing: Shapes-5i's fold 0 behind the backbone that comes along, and a smaller and
    /// another network that the run trains. Nil where the resources were left out of the build.
    public static var quick: DiffUpReproduction? {
        guard let files = ShippedModels.shapes5i else { return nil }
        var result = DiffUpReproduction(
            dataset: DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 12),
            backbones: [BackboneChoice(name: nil, weights: files.backbone.path)], settings: .quick)
        result.names = ["resnet-tiny"]
        let vgg = VGG(groups: [[16], [32], [48], [64], [96, 96]], usesBatchNorm: true)
        result.ownBackbones = [
            OwnBackbone(
                "resnet-small",
                BackboneDescription(
                    name: "resnet-small", network: .resNet(.tiny(width: 16, blocks: [1, 1, 2])), preprocessing: .torchvision)),
            OwnBackbone(
                "vgg-small",
                BackboneDescription(name: "vgg-small", network: NetworkConfiguration(vgg), preprocessing: .torchvision)),
        ]
        return result
    }

    /// What tables call the backbones.
    var titles: [String] {
        let given = names.count == backbones.count ? names : backbones.map(\.title)
        return given + ownBackbones.map(\.title)
    }

    /// The rows that are trained, in the order of the tables.
    var variants: [DiffUpVariant] {
        DiffUpVariant.all.filter { row in
            row.id == DiffUpVariant.full.id || settings.variants.isEmpty || settings.variants.contains(row.id)
        }
    }

    /// Whether the run trains words behind the first backbone: there are captions of Shapes-5i alone, and the network that comes along
    /// has seen the novel classes of all folds but 0.
    var trainsWords: Bool {
        dataset.name == DatasetRegistry.shapes5i && (folds == [0] || backbones.first != WordPlan.shippedBackbone)
    }

    /// The cells, in the order of work.
    var cells: [DiffUpCell] { folds.flatMap { fold in seeds.map { DiffUpCell(fold: fold, seed: $0) } } }

    /// What is scored in every cell.
    var measures: [DiffUpMeasure] {
        let (full, many) = (DiffUpVariant.full.id, settings.manyShots)
        let places = titles.indices
        var all = places.flatMap { place in
            [1, many].map { DiffUpMeasure(full, trained: place, backbone: place, shots: $0) }
        }
        all += places.map { DiffUpMeasure(DiffUpMeasure.prototypes, trained: $0, backbone: $0) }
        let rules = SamplingSheet.rules.filter { $0 != .mask }
        all += (rules + [.none]).map { DiffUpMeasure(full, annotation: $0) }
        all += [AnnotationRule.box, .scribble, .none].map { DiffUpMeasure(DiffUpMeasure.prototypes, annotation: $0) }
        all += places.flatMap { from in
            places.filter { $0 != from }.map { DiffUpMeasure(full, trained: from, backbone: $0) }
        }
        all += variants.dropFirst().map { DiffUpMeasure($0.id) }
        if variants.contains(where: { $0.id == DiffUpVariant.style.id }) {
            all += [AnnotationRule.box, .scribble].map { DiffUpMeasure(DiffUpVariant.style.id, annotation: $0) }
        }
        if variants.contains(where: { $0.id == DiffUpVariant.lowLevel.id }) {
            all.append(DiffUpMeasure(DiffUpVariant.lowLevel.id, shots: many))
        }
        all += settings.shots.map { DiffUpMeasure(full, shots: $0) }
        all += settings.steps.map { DiffUpMeasure(full, steps: $0) }
        all += ["ddim", "ddpm", "dpm++"].map { DiffUpMeasure(full, sampler: $0, steps: settings.samplerSteps) }
        if trainsWords { all += [full, DiffUpMeasure.word, DiffUpMeasure.blind].map { DiffUpMeasure($0, annotation: .word) } }
        if crossDataset != nil {
            all += [1, many].flatMap { shots in
                [full, DiffUpMeasure.prototypes].map { DiffUpMeasure($0, shots: shots, elsewhere: true) }
            }
        }
        var seen: Set<DiffUpMeasure> = []
        return all.filter { seen.insert($0).inserted }
    }

    /// Checks the settings before any work begins.
    ///
    /// - Throws: `RunError`, `ConfigurationError`, `DatasetError`.
    public func validate() throws {
        try settings.validate(source: "the settings")
        for (name, isEmpty) in [("fold", folds.isEmpty), ("seeds", seeds.isEmpty), ("backbone", backbones.isEmpty)] where isEmpty
        {
            throw RunError.setting(name, found: "none", expected: "one or more")
        }
        guard Set(seeds).count == seeds.count, seeds.allSatisfy({ ComputeSettings.seeds.contains($0) }) else {
            throw RunError.setting(
                "seeds", found: "\(seeds)", expected: "different numbers, at most \(ComputeSettings.seeds.upperBound)")
        }
        guard Set(titles).count == titles.count else {
            throw RunError.setting("backbone", found: titles.joined(separator: ", "), expected: "different names")
        }
        try dataset.check(folds: folds)
        try crossDataset?.check(folds: folds)
        for variant in variants {
            var own = settings
            variant.change(&own, 1)
            try own.model.validate(source: "the row \(variant.id)")
        }
    }

    /// Runs everything: `report.html`, `results.json`, `results.csv`, pictures, and a file for every decoder. A run that was stopped goes on
    /// in its folder.
    ///
    /// - Parameters:
    ///   - folder: for the results.
    ///   - isResumed: whether the folder is that of an earlier run, whose settings have to be the same.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - ranks: the processes that share the cells.
    /// - Throws: what any part throws; `CancellationError`.
    public func run(
        in folder: RunFolder, isResumed: Bool = false, compute: ComputeSettings = ComputeSettings(), arguments: [String] = [],
        ranks: RunRanks = .alone, observe: @escaping RunObserver = { _ in }
    ) async throws -> DiffUpReport {
        let start = Date()
        try validate()
        if isResumed { try RunManifest.requireSame(self, as: folder, command: Self.command, ranks: ranks) }
        var compute = compute
        compute.precision = precision
        let manifest = RunManifest(
            command: Self.command, arguments: arguments, compute: ComputeRecord(compute), settings: self, started: start)
        try ranks.requireSame(manifest)
        let found = try await folder.run(manifest, since: start) { remarks in
            let shared = SharedCells(ranks)
            let work = try DiffUpWork(self, folder, shared, compute, observe)
            try await work.prepare(shared)
            try await shared.run(cells, observe, finish: work.finish) {
                try work.report().write(to: folder, manifest: manifest, pictures: [])
            }
            let report = work.report()
            remarks = report.remarks
            guard ranks.isFirst else { return report }
            try report.write(to: folder, manifest: manifest.ended(since: start), pictures: try await work.pictures())
            return report
        }
        return try ranks.communicator.shared(found)
    }
}

extension BackboneChoice {
    /// What tables call it.
    var title: String { name ?? URL(fileURLWithPath: weights).deletingPathExtension().lastPathComponent }
}
