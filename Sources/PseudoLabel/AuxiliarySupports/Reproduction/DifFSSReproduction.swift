public import Datasets
public import Diffusion
internal import Foundation
internal import SegModels
public import TensorCore

/// The reproduction of DifFSS's claim, a gain for every model that is wrapped: all that decides it.
///
/// Every cell, a fold with a seed, draws one list of episodes. Every model answers it alone and with auxiliary supports, so that gains are
/// compared pair by pair.
public struct DifFSSReproduction: Reproduction, Codable, Hashable {
    /// The command, as manifests name it.
    public static let command = "reproduce diffss"

    /// What is asked about.
    public var dataset: DatasetChoice
    /// The folds, from 0.
    public var folds: [Int] = [0]
    /// Seeds of episodes and pictures, one run for each.
    public var seeds: [UInt64] = [0, 1, 2]
    /// The network of all models.
    public var backbone: BackboneChoice
    /// A decoder a fold, for DiffUp; none for the others alone.
    public var checkpoints: [String]
    /// Files of learners such as HSNet, each with `{fold}` in its path where there are several folds.
    public var learners: [String]
    /// Learners that the run trains itself, on every fold's base classes, in `learners/`.
    public var trainedLearners: [FewShotSettings]
    /// What is wrapped: names of ``WrappedModels``.
    public var models: [String]
    /// What makes the pictures.
    public var generator = AuxiliaryGeneratorChoice.shapes(drift: 0)
    /// Weights of an edge network; nil for outlines of masks.
    public var edges: String?
    /// The numbers.
    public var settings: DifFSSSettings
    /// The type of activations.
    public var precision = Precision.float32

    /// A reproduction behind a backbone.
    public init(
        dataset: DatasetChoice, backbone: BackboneChoice, checkpoints: [String] = [],
        trainedLearners: [FewShotSettings] = [], settings: DifFSSSettings = DifFSSSettings()
    ) {
        (self.dataset, self.backbone, self.checkpoints, self.settings) = (dataset, backbone, checkpoints, settings)
        (learners, self.trainedLearners) = ([], trainedLearners)
        let baselines = [WrappedModels.contrast, WrappedModels.foreground]
        let decoder = checkpoints.isEmpty ? [] : [WrappedModels.diffUp]
        models = decoder + trainedLearners.map(\.architecture) + baselines
    }

    /// Wraps learners from files beside the other models.
    ///
    /// - Parameter paths: of files of `fss train learner`, each with `{fold}` in it where there are several folds.
    /// - Throws: `RunError.conflict(_:)` for one path for several folds; errors of the files of the first fold.
    public mutating func wrap(learners paths: [String]) throws {
        learners = paths
        models += try DifFSSLearners.architectures(paths, folds: folds)
    }

    /// A reproduction from nothing: Shapes-5i's fold 0 with the model that comes along, small learners that the run trains, and the painter
    /// as generator. Nil where the resources were left out of the build.
    public static var quick: DifFSSReproduction? {
        guard let files = ShippedModels.shapes5i else { return nil }
        return DifFSSReproduction(
            dataset: DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 12),
            backbone: BackboneChoice(name: nil, weights: files.backbone.path), checkpoints: [files.decoder.path],
            trainedLearners: DifFSSLearners.quick, settings: .quick)
    }

    /// The cells, in the order of work.
    var cells: [DifFSSCell] { folds.flatMap { fold in seeds.map { DifFSSCell(fold: fold, seed: $0) } } }

    /// The painter that leaves the layout on purpose; nil where another generator makes the pictures, of which nobody knows the truth.
    var driftingGenerator: ShapesRedrawing? {
        guard case .shapes = generator, settings.drift.amount > 0 else { return nil }
        return ShapesRedrawing(drift: settings.drift.amount)
    }

    /// What is scored in every cell.
    var measures: [DifFSSMeasure] {
        models.flatMap { model in
            var all = [DifFSSMeasure(model)]
            if settings.realShots > 1 { all.append(DifFSSMeasure(model, shots: settings.realShots)) }
            all += settings.controls.flatMap { control in
                settings.counts.map { DifFSSMeasure(model, count: $0, control: control) }
            }
            guard driftingGenerator != nil else { return all }
            return all + DriftRemedy.allCases.map { DifFSSMeasure(model, count: settings.drift.count, remedy: $0) }
        }
    }

    /// Checks the settings before any work begins.
    ///
    /// - Throws: `RunError`, `ConfigurationError`, `DatasetError`.
    public func validate() throws {
        try settings.validate(source: "the settings")
        for (name, isEmpty) in [("fold", folds.isEmpty), ("seeds", seeds.isEmpty), ("model", models.isEmpty)] where isEmpty {
            throw RunError.setting(name, found: "none", expected: "one or more")
        }
        guard Set(seeds).count == seeds.count, seeds.allSatisfy({ ComputeSettings.seeds.contains($0) }) else {
            throw RunError.setting(
                "seeds", found: "\(seeds)", expected: "different numbers, at most \(ComputeSettings.seeds.upperBound)")
        }
        try DifFSSLearners(self).validate()
        guard Set(models).count == models.count else {
            throw RunError.setting("model", found: models.joined(separator: ", "), expected: "different names")
        }
        for model in models { _ = try WrappedModels.factory(model) }
        let decoders = try EvaluationPlan.checkpoints(checkpoints, folds: folds)
        if decoders.isEmpty && models.contains(WrappedModels.diffUp) {
            throw RunError.conflict("the model diffup needs --checkpoint, the decoder of every fold.")
        }
        try dataset.check(folds: folds)
    }

    /// Runs everything: `report.html`, `results.json`, `results.csv` and sheets of supports. A run that was stopped goes on in its folder.
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
    ) async throws -> DifFSSReport {
        let start = Date()
        try validate()
        if isResumed { try RunManifest.requireSame(self, as: folder, command: Self.command, ranks: ranks) }
        var compute = compute
        compute.precision = precision
        let network = try backbone.load(precision: precision)
        let files =
            try EvaluationPlan.checkpoints(checkpoints, folds: folds) + folds.flatMap { try DifFSSLearners(self).files($0) }
        let records = try files.map { try FileRecord(URL(fileURLWithPath: $0)) }
        let manifest = RunManifest(
            command: Self.command, arguments: arguments, compute: ComputeRecord(compute), backbones: [BackboneRecord(network)],
            checkpoints: records, settings: self, started: start)
        try ranks.requireSame(manifest)
        let found = try await folder.run(manifest, since: start) { remarks in
            let shared = SharedCells(ranks)
            let work = try DifFSSWork(self, folder, shared, network, compute, observe)
            try await work.prepare(shared)
            try await shared.run(cells, observe, finish: work.finish) {
                try work.report().write(to: folder, manifest: manifest, pictures: [])
            }
            let report = work.report()
            remarks = report.remarks
            guard ranks.isFirst else { return report }
            try report.write(to: folder, manifest: manifest.ended(since: start), pictures: try work.pictures())
            return report
        }
        return try ranks.communicator.shared(found)
    }
}
