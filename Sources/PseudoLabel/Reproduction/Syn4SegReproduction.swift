public import Datasets
public import Diffusion
internal import Foundation
public import TensorCore

/// The reproduction of Syn4Seg's ablation: all that decides it.
///
/// Every cell, a backbone with a fold, a number of shots and a seed, goes through the rows of ``Syn4SegVariant/ablation(ignoresPrompts:)``.
public struct Syn4SegReproduction: Reproduction, Codable, Hashable {
    /// The command, as manifests name it.
    public static let command = "reproduce syn4seg"

    /// What is learned and tested.
    public var dataset: DatasetChoice
    /// How base and novel classes are set up.
    public var convention: GFSSConvention
    /// The folds, from 0.
    public var folds: [Int] = [0]
    /// Supports a novel class.
    public var shots: [Int] = [1]
    /// What supports are drawn with; one run for each.
    public var seeds: [UInt64]
    /// Files that name the supports (`SupportList`), with `{fold}`, `{shots}` and `{seed}` where there are several; nil to draw them.
    public var supports: String?
    /// The backbones, the first being the one that others are compared with.
    public var backbones: [BackboneChoice]
    /// What makes images.
    public var generator = GeneratorChoice.shapes
    /// What turns prompts into vectors.
    public var encoder = PromptEncoderChoice.hashed
    /// Where prompts of the bank come from.
    public var proposer = ProposerChoice.grammar
    /// What draws outlines.
    public var refiner = RefinerChoice.standard
    /// DiffUp as labeller in further rows; nil for none.
    public var diffUp: ModelChoice?
    /// The numbers.
    public var settings: Syn4SegSettings
    /// The type of activations.
    public var precision = Precision.float32
    /// Filled in when the run starts; a run is only continued with the same.
    var supportsHash: String?

    /// A reproduction with the convention's seeds.
    public init(
        dataset: DatasetChoice, convention: GFSSConvention, backbones: [BackboneChoice],
        settings: Syn4SegSettings = Syn4SegSettings()
    ) {
        (self.dataset, self.convention, self.backbones) = (dataset, convention, backbones)
        (seeds, self.settings) = (convention.seeds, settings)
    }

    /// A reproduction on two cores within minutes, from nothing: Shapes-5i's fold 0 with the backbone that comes along, ``Syn4SegSettings/quick``,
    /// three seeds. Nil where the resources were left out of the build.
    public static var quick: Syn4SegReproduction? {
        guard let files = ShippedModels.shapes5i else { return nil }
        var convention = GFSSConvention.capl
        convention.minimumSupportPixels = 4096
        var result = Syn4SegReproduction(
            dataset: DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 12), convention: convention,
            backbones: [BackboneChoice(name: nil, weights: files.backbone.path)], settings: .quick)
        result.seeds = Array(convention.seeds.prefix(3))
        return result
    }

    /// Whether images are there and no prompt decides them, so that there are no prompts to compare.
    var ignoresPrompts: Bool {
        switch generator {
        case .photos, .folder: true
        case .shapes, .server, .diffusion: false
        }
    }

    /// The rows.
    public var variants: [Syn4SegVariant] {
        let further = diffUp.map {
            Syn4SegVariant.labelled(by: .diffUp($0), title: "DiffUp as labeller", ignoresPrompts: ignoresPrompts)
        }
        return Syn4SegVariant.ablation(ignoresPrompts: ignoresPrompts) + (further ?? [])
    }

    /// The cells, in the order of work: all seeds of one network of base classes after another.
    var cells: [Syn4SegCell] {
        backbones.indices.flatMap { backbone in
            folds.flatMap { fold in
                shots.flatMap { shots in
                    seeds.map { Syn4SegCell(backbone: backbone, fold: fold, shots: shots, seed: $0) }
                }
            }
        }
    }

    /// Checks the settings before any work begins.
    ///
    /// - Throws: `RunError`, `ConfigurationError`, `DatasetError`.
    public func validate() throws {
        try settings.validate(source: "the settings")
        for (name, isEmpty) in [
            ("fold", folds.isEmpty), ("shots", shots.isEmpty), ("seeds", seeds.isEmpty), ("backbone", backbones.isEmpty),
        ] where isEmpty { throw RunError.setting(name, found: "none", expected: "one or more") }
        guard shots.allSatisfy({ $0 >= 1 }), Set(shots).count == shots.count else {
            throw RunError.setting("shots", found: "\(shots)", expected: "different numbers from 1 on")
        }
        guard Set(seeds).count == seeds.count else {
            throw RunError.setting("seeds", found: "\(seeds)", expected: "different numbers")
        }
        try dataset.check(folds: folds)
        let data = try dataset.generalized()
        for fold in folds {
            // Too few supports are a matter of the call, not of the tenth hour.
            let view = try data.gfss(convention, fold: fold)
            for seed in seeds {
                for count in shots.sorted(by: >) { _ = try source(fold: fold, shots: count, seed: seed).supportItems(of: view) }
            }
        }
    }

    /// Runs everything: `report.html`, `results.json`, `results.csv`, and a folder for every training, synthesis and score. A run that was
    /// stopped goes on in its folder.
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
    ) async throws -> Syn4SegReport {
        let start = Date()
        try validate()
        let settled = try identified()
        if isResumed { try RunManifest.requireSame(settled, as: folder, command: Self.command, ranks: ranks) }
        var compute = compute
        compute.precision = precision
        let manifest = RunManifest(
            command: Self.command, arguments: arguments, compute: ComputeRecord(compute), settings: settled, started: start)
        try ranks.requireSame(manifest)
        let found: Syn4SegReport? = try await folder.run(manifest, since: start) { remarks in
            let shared = SharedCells(ranks)
            let work = try Syn4SegWork(self, folder, shared, compute, observe)
            try await work.prepare(shared)
            try await shared.run(cells, observe) { try await work.finish($0) }
            // Every value has folders of its own in the first cell's, which is done.
            if let first = cells.first { try await shared.run(work.sweeps, observe) { try await work.finish($0, of: first) } }
            guard ranks.isFirst else { return nil }
            let report = try work.report()
            remarks = report.remarks
            try report.write(to: folder, manifest: manifest.ended(since: start), pictures: work.pictures())
            return report
        }
        return try ranks.fromFirst(found)
    }
}

/// One backbone with one fold, number of shots and seed.
struct Syn4SegCell: Codable, Hashable, Sendable {
    /// The place among the backbones.
    var backbone: Int
    var fold: Int
    var shots: Int
    var seed: UInt64

    /// The folder of its trainings.
    var folder: String { "cells/backbone\(backbone)-fold\(fold)-shots\(shots)-seed\(seed)" }
    /// The folder of its network of base classes.
    var baseFolder: String { "base/backbone\(backbone)-fold\(fold)" }
}
