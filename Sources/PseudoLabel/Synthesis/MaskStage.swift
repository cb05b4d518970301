public import Datasets
public import Foundation
internal import TensorCore

/// The third stage: pseudo labels of the images, after every one of their own stages.
public struct MaskStage: Sendable {
    /// What was labelled.
    public struct Report: Codable, Hashable, Sendable {
        /// How good the labels are after each stage, where the truth is known.
        public var quality: [PseudoLabelStage: PseudoLabelQuality.Summary]
        /// Images in all.
        public var images: Int
        /// How many were labelled now.
        public var made: Int
    }

    /// An image's line in the log.
    struct Line: Codable, Hashable {
        var name: String
        var record: PseudoLabels.Record
    }

    /// All that decides the stage's results, as its manifest has it.
    struct Record: Codable, Equatable {
        var network: String
        var labeller: String
        var refiner: String
        var settings: PseudoLabelSettings
        var supports: [DatasetItem]
        var images: String
        var precision: Precision
    }

    /// Images whose way through all stages is drawn.
    private static let drawn = 12

    /// The network that was trained with supports: its features compare regions, and its labels are the first.
    public var network: String
    private let labeller: LabellerMaker
    private let refiner: @Sendable (ComputeSettings) throws -> any BoundaryRefiner
    /// The numbers.
    public var settings: PseudoLabelSettings
    /// The folder of its results: labels of other settings can stand beside.
    public var name: String
    /// A file that names the supports (`SupportList`); nil for those of the folder's plan.
    public var supports: String?

    /// Makes a labeller of the network and the supports.
    private typealias LabellerMaker =
        @Sendable (NetworkLabeller, [PhotoSample], ComputeSettings) throws -> any InitialLabeller

    /// A stage with parts as a command names them.
    public init(
        network: String, labeller: LabellerChoice = .network, refiner: RefinerChoice = .standard,
        settings: PseudoLabelSettings = PseudoLabelSettings(), name: String = SynthesisFolder.masksName
    ) {
        (self.network, self.settings, self.name) = (network, settings, name)
        self.labeller = { try labeller.labeller($0, supports: $1, $2) }
        self.refiner = { try refiner.refiner($0) }
    }

    /// A stage with any labeller and refiner.
    public init(
        network: String, labeller: any InitialLabeller, refiner: any BoundaryRefiner,
        settings: PseudoLabelSettings = PseudoLabelSettings(), name: String = SynthesisFolder.masksName
    ) {
        (self.network, self.settings, self.name) = (network, settings, name)
        self.labeller = { _, _, _ in labeller }
        self.refiner = { _ in refiner }
    }

    /// Labels the images: `masks/<stage>/<image>.png`, `records.jsonl`, `sheet.png`, `report.html`. Images that are labelled are kept.
    ///
    /// - Parameters:
    ///   - force: whether results of other settings may be replaced.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - ranks: the processes that share the images; all of them make the same call and see the folder.
    /// - Throws: what networks and files throw; `CancellationError`.
    public func run(
        in work: SynthesisFolder, compute: ComputeSettings = ComputeSettings(), force: Bool = false, arguments: [String] = [],
        ranks: RunRanks = .alone, observe: @escaping RunObserver = { _ in }
    ) async throws -> Report {
        let start = Date()
        try settings.validate(source: "the settings of masks")
        let images = try work.images()
        let (labelling, record) = try labelling(work, images, compute)
        let folder = try RunFolder.taken(by: ranks) {
            try work.stage(name, record, command: "synth masks", force: force)
        }
        folder.remarks.forEach { observe(.note($0)) }
        let manifest = RunManifest(
            command: "synth masks", arguments: arguments, compute: ComputeRecord(compute),
            checkpoints: [try FileRecord(URL(fileURLWithPath: network))], settings: record, started: start)
        try ranks.requireSame(manifest)
        let found: Report? = try await folder.run(manifest, since: start) { remarks in
            let made = try await label(images, labelling, work, folder, ranks, observe)
            guard ranks.isFirst else { return nil }
            let summary = try MaskSummary(images, work, in: name, sheetRows: Self.drawn)
            remarks += summary.remarks
            remarks.forEach { observe(.note($0)) }
            try summary.write(to: folder, arguments: arguments, facts: record.facts)
            return Report(quality: summary.quality.mapValues(\.summary), images: images.count, made: made)
        }
        return try ranks.fromFirst(found)
    }

    private func labelling(
        _ work: SynthesisFolder, _ images: [StagedImage], _ compute: ComputeSettings
    ) throws -> (PseudoLabelling, Record) {
        var source = try work.plan.requiredSource()
        source.supports = supports ?? source.supports
        let file = URL(fileURLWithPath: network)
        let digest = try FileRecord(file).sha256
        let model = try GFSSNetwork.load(contentsOf: file, precision: compute.precision)
        model.freeze()
        let missing = work.plan.classes.filter { item in !model.classIDs.contains(item.id) }
        guard missing.isEmpty else {
            throw RunError.file(
                network, found: "no class \(missing.map(\.name).joined(separator: ", "))",
                expected: "a network that learned the novel classes from their supports",
                advice: "run `fss gfss train novel` without --synthetic first")
        }
        let data = try GFSSData(source.dataset, source.convention, fold: source.fold)
        let items = try source.supportItems(of: data.view)
        let supports = try data.supports(items)
        let network = NetworkLabeller(model, digest: digest)
        let first = try labeller(network, supports, compute)
        let last = try refiner(compute)
        let labelling = try PseudoLabelling(
            first, features: network, supports: supports, novel: work.plan.classes, refiner: last, settings: settings)
        let record = Record(
            network: digest, labeller: first.identity, refiner: last.identity, settings: settings, supports: items,
            images: contentDigest(images.flatMap { [$0.name, "\($0.item.id)", $0.sha256] }), precision: compute.precision)
        return (labelling, record)
    }

    /// Labels what is not labelled.
    private func label(
        _ images: [StagedImage], _ labelling: PseudoLabelling, _ work: SynthesisFolder, _ folder: RunFolder,
        _ ranks: RunRanks, _ observe: @escaping RunObserver
    ) async throws -> Int {
        let log = ranks.isFirst ? try RecordLog<Line>(folder.file("records.jsonl")) : nil
        let done = try ranks.communicator.shared(Set(log?.records.map(\.name) ?? []))
        let left = images.filter { !done.contains($0.name) }
        let clock = RunClock("labelling", total: images.count, from: images.count - left.count)
        var count = 0
        try await SharedWork(ranks.communicator, blockSize: 1, count: left.count).run(left.count) { block, deliver in
            for image in left[block] {
                try Task.checkCancellation()
                let labels = try labelling(try ImageFile.load(work.place(of: image)), madeFor: image.item.id)
                for stage in PseudoLabelStage.allCases {
                    // The place that `SynthesisFolder.labels(of:after:in:)` names.
                    let file = try folder.file("\(stage.rawValue)/\(image.name).png")
                    try LabelMap(indices: labels[stage], file: file.path).save(to: file)
                }
                // The line comes last: an image without it is labelled again.
                try deliver(0, Line(name: image.name, record: labels.record))
            }
        } deliver: { (_: Int, line: Line) in
            try log?.append(line)
            count += 1
            observe(.progress(clock.progress(images.count - left.count + count)))
        } isDone: {
            count == left.count
        }
        return left.count
    }
}

extension MaskStage.Record {
    var facts: [ReportFact] {
        [
            ReportFact("network", network), ReportFact("labeller", labeller), ReportFact("refiner", refiner),
            ReportFact("supports", supports.map(\.id).joined(separator: ", ")),
        ]
    }
}

extension SynthesisFolder {
    /// Where an image is.
    public func place(of image: StagedImage) -> URL {
        image.file.hasPrefix("/") ? URL(fileURLWithPath: image.file) : file(image.file)
    }

    /// Where the labels of an image are after a stage.
    public func labels(of image: StagedImage, after stage: PseudoLabelStage, in masks: String = masksName) -> URL {
        file("\(masks)/\(stage.rawValue)/\(image.name).png")
    }
}
