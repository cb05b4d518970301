public import Foundation
internal import TensorCore

/// The scoring of a network's predictions by a convention of generalized few-shot segmentation: all that decides it.
public struct GeneralizedScoring: Codable, Hashable, Sendable {
    /// The command, as manifests name it.
    public static let command = "gfss score"

    /// Images and labels.
    public var dataset: DatasetChoice
    /// How base and novel classes are set up and averaged.
    public var convention: GFSSConvention
    /// The folds, from 0.
    public var folds: [Int]
    /// What supports were drawn with; one run for each.
    public var seeds: [UInt64]
    /// Supports a novel class.
    public var shots: Int
    /// The folder of predictions, or the file of a network that makes them, with `{fold}` and `{seed}` where there are several.
    public var predictions: String
    /// How predictions number classes.
    public var classOrder: PredictedLabels.ClassOrder
    /// A file of image ids that were supports, one a line, with `{fold}` and `{seed}` where there are several
    /// (``SupportList``); nil for those that the view draws.
    public var supports: String?
    /// Where predictions are compared; the convention's place by default.
    public var space: IoUSpace
    /// The share of the images.
    public var part: ScoredPart

    /// Scores all folds of a folder. Seeds are the convention's where the folder has `{seed}`, else its first.
    public init(dataset: DatasetChoice, convention: GFSSConvention, folds: [Int] = [0], shots: Int = 1, predictions: String) {
        (self.dataset, self.convention, self.folds, self.shots) = (dataset, convention, folds, shots)
        self.predictions = predictions
        seeds = predictions.contains("{seed}") ? convention.seeds : Array(convention.seeds.prefix(1))
        (classOrder, supports, space, part) = (.dataset, nil, convention.space, .whole)
    }

    /// Checks the settings before any work begins.
    ///
    /// - Throws: ``RunError``, and ``DatasetError`` for a dataset that cannot be opened.
    public func validate() throws {
        guard !folds.isEmpty, Set(folds).count == folds.count else {
            throw RunError.setting("fold", found: "\(folds)", expected: "different numbers from 0 on")
        }
        guard !seeds.isEmpty, Set(seeds).count == seeds.count, seeds.allSatisfy(ComputeSettings.seeds.contains) else {
            throw RunError.setting(
                "seeds", found: "\(seeds)", expected: "different numbers of 0...\(ComputeSettings.seeds.upperBound)")
        }
        if shots < 1 { throw RunError.setting("shots", found: "\(shots)", expected: "1 or more") }
        for (name, count) in [("{fold}", folds.count), ("{seed}", seeds.count)] where count > 1 && !predictions.contains(name) {
            throw RunError.setting("predictions", found: predictions, expected: "a path with \(name): there are \(count) of them")
        }
        if let supports {
            let files = folds.flatMap { fold in seeds.map { Self.place(supports, fold: fold, seed: $0) } }
            for file in files.uniqued { _ = try SupportList(contentsOf: file) }
        }
        try dataset.check(folds: folds)
        _ = try dataset.generalized()
    }

    /// Where the predictions, or the network, of a fold and a seed are.
    public func place(fold: Int, seed: UInt64) -> URL { Self.place(predictions, fold: fold, seed: seed) }

    private static func place(_ path: String, fold: Int, seed: UInt64) -> URL {
        URL(fileURLWithPath: path.replacing("{fold}", with: "\(fold)").replacing("{seed}", with: "\(seed)"))
    }

    /// Opens the network of a fold and a seed, from the file that ``predictions`` names for them.
    public typealias Networks = (_ file: URL, _ view: GFSSView) throws -> any SemanticSegmenter

    /// Scores everything and writes `metrics.json`, `runs.csv`, `classes.csv`, `report.html`, `problems.txt` and `manifest.json`.
    ///
    /// - Parameters:
    ///   - folder: for the results.
    ///   - command: the command, for the manifest.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - checkpoints: the networks' files, for the manifest.
    ///   - networks: opens the networks that predict; nil where ``predictions`` are label maps.
    ///   - observe: hears of progress.
    /// - Throws: `CancellationError`; ``RunError`` and ``DatasetError`` for settings, a dataset that cannot be read, and a folder
    ///   without a single prediction. What is wrong with single files is in ``GeneralizedReport/problems``.
    public func run(
        in folder: RunFolder, command: String = Self.command, arguments: [String] = [], checkpoints: [FileRecord] = [],
        networks: Networks? = nil, observe: RunObserver = { _ in }
    ) async throws -> GeneralizedReport {
        try validate()
        let start = Date()
        folder.remarks.forEach { observe(.note($0)) }
        let manifest = RunManifest(
            command: command, arguments: arguments, checkpoints: checkpoints, settings: self, started: start)
        return try await folder.run(manifest, since: start) { remarks in
            let report = try await report(networks, observe)
            remarks = report.remarks
            var ended = manifest.ended(since: start)
            ended.remarks = report.remarks
            try report.write(to: folder, manifest: ended)
            return report
        }
    }

    private func report(_ networks: Networks?, _ observe: RunObserver) async throws -> GeneralizedReport {
        let source = try dataset.generalized()
        let images = try source.labelledImages()
        var (runs, problems, remarks): ([GeneralizedRun], [String], [String]) = ([], [], source.remarks)
        for fold in folds {
            let view = try source.gfss(convention, fold: fold)
            for seed in seeds {
                let queries = try queries(view, fold: fold, seed: seed)
                let url = place(fold: fold, seed: seed)
                let evaluator = GeneralizedEvaluator(view: view, images: images, space: space)
                let title = "fold \(fold), seed \(seed)"
                let progress = { (done: WorkProgress) in observe(.progress(RunProgress(title, done))) }
                let counts: GeneralizedEvaluator.Counts
                if let networks {
                    let network = try networks(url, view)
                    counts = try await evaluator.evaluate(network, on: part.of(queries), observe: progress)
                } else {
                    let labels = try PredictedLabels(folder: url, view: view, order: classOrder)
                    counts = try await evaluator.score(labels, on: part.of(queries), observe: progress)
                    remarks += try Self.remarks(labels, counts, url.path, view, queries.count)
                }
                problems += counts.problems
                runs.append(
                    GeneralizedRun(
                        fold: fold, seed: seed, queries: queries.count, queryHash: SHA256.hex(queries.joined(separator: "\n")),
                        scored: counts.images, matrix: counts.matrix, base: view.baseClasses, novel: view.novelClasses))
            }
        }
        if !problems.isEmpty {
            remarks.append(
                "\(problems.count) predictions could not be scored: these numbers do not compare with any of all images")
        }
        remarks.forEach { observe(.note($0)) }
        return GeneralizedReport(self, parts: [part], runs: runs, problems: problems, remarks: remarks)
    }

    /// What is odd about a folder of predictions.
    ///
    /// - Throws: ``DatasetError`` for one without a prediction that can be scored.
    private static func remarks(
        _ labels: PredictedLabels, _ counts: GeneralizedEvaluator.Counts, _ place: String, _ view: GFSSView, _ queries: Int
    ) throws(DatasetError) -> [String] {
        guard counts.images > 0 else {
            throw DatasetError(
                file: place,
                found: counts.problems.first.map { "no prediction that can be scored (\($0))" } ?? "no image",
                expected: "a PNG for every one of \(queries) test images", advice: "check the folder and the fold")
        }
        let strangers = labels.strangers(to: view.testImages)
        return strangers.first.map { ["\(place): \(strangers.count) files belong to no test image, such as \($0)"] } ?? []
    }

    /// The images of a run: those of a file are left out, or the supports that the view draws.
    private func queries(_ view: GFSSView, fold: Int, seed: UInt64) throws(DatasetError) -> [String] {
        if let supports {
            let excluded = try SupportList(contentsOf: Self.place(supports, fold: fold, seed: seed)).stems
            return view.testImages.filter { !excluded.contains(PhotoRule.stem($0)) }
        }
        guard convention.supportSource == .validation else { return view.testImages }
        return view.queries(supports: try view.supports(shots: shots, seed: seed))
    }
}
