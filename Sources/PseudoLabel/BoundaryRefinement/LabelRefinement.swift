public import Datasets
internal import Foundation
internal import TensorCore

/// The refinement of label maps that somebody has: photos and their labels become the same labels with better outlines.
public struct LabelRefinement: Sendable {
    /// What became of a photo.
    public struct Record: Codable, Hashable, Sendable {
        /// The photo's name.
        public var name: String
        /// Where its refined labels are.
        public var labels: String?
        /// Regions that the refiner looked at.
        public var regions = 0
        /// Regions whose answer was used.
        public var accepted = 0
        /// Pixels whose label changed.
        public var changed = 0
        /// What went wrong; nil where nothing did.
        public var error: String?
    }

    /// All that decides the results, as the manifest has it.
    struct Settings: Codable, Equatable {
        var photos: [QueryPhoto]
        var labels: String
        var refiner: String
        var refinement: BoundaryRefinement
    }

    private static let command = "refine"
    private static let recordsName = "results.jsonl"
    private static let drawn = 12

    /// The photos.
    public var photos: [QueryPhoto]
    /// The folder of label maps, PNG files of a class a pixel named after the photos; 255 has no label.
    public var labels: String
    /// Draws outlines.
    public var refiner: RefinerChoice
    /// The numbers.
    public var refinement: BoundaryRefinement

    /// A refinement.
    public init(
        _ photos: [QueryPhoto], labels: String, refiner: RefinerChoice = .standard,
        refinement: BoundaryRefinement = BoundaryRefinement()
    ) {
        (self.refiner, self.refinement) = (refiner, refinement)
        // Absolute, as the manifest has them when the run is continued.
        self.photos = photos.map { QueryPhoto(url: URL(fileURLWithPath: $0.url.path), name: $0.name) }
        self.labels = URL(fileURLWithPath: labels).standardizedFileURL.path
    }

    /// Refines the labels of all photos: `labels/<photo>.png`, `results.jsonl`, `sheet.png`. What goes wrong with one of several is in its
    /// record, and the rest is there. In the folder of an earlier run of the same settings, photos that are done are kept.
    ///
    /// - Parameters:
    ///   - folder: for the results.
    ///   - arguments: the words of a command line, for the manifest.
    /// - Returns: a record a photo, in their order.
    /// - Throws: `ConfigurationError`, what the refiner's weights throw, `RunError` for a folder of other settings, `CancellationError`.
    public func run(
        in folder: RunFolder, isResumed: Bool = false, compute: ComputeSettings = ComputeSettings(), arguments: [String] = [],
        observe: RunObserver = { _ in }
    ) async throws -> [Record] {
        let start = Date()
        try refinement.validate(source: "the settings of the refinement")
        let refiner = try refiner.refiner(compute)
        let settings = Settings(photos: photos, labels: labels, refiner: refiner.identity, refinement: refinement)
        if isResumed { try RunManifest.requireSame(settings, as: folder, command: Self.command) }
        let manifest = RunManifest(
            command: Self.command, arguments: arguments, compute: ComputeRecord(compute), settings: settings, started: start)
        return try await folder.run(manifest, since: start) { _ in
            let log = try RecordLog<Record>(folder.file(Self.recordsName))
            let done = Dictionary(log.records.filter { $0.error == nil }.map { ($0.name, $0) }) { $1 }
            let clock = RunClock("refining", total: photos.count, from: done.count)
            var records: [Record] = []
            for photo in photos {
                try Task.checkCancellation()
                if let record = done[photo.name] {
                    records.append(record)
                    continue
                }
                let record = record(photo, refiner, folder)
                try log.append(record)
                records.append(record)
                observe(.progress(clock.progress(records.count)))
            }
            try writeSheet(records, folder)
            return records
        }
    }

    /// The first photos with their labels before and after, those of an earlier part of the run included.
    private func writeSheet(_ records: [Record], _ folder: RunFolder) throws {
        var sheet = StageSheet()
        for (photo, record) in zip(photos, records).filter({ $1.error == nil }).prefix(Self.drawn) {
            let maps = try [before(photo), folder.file("labels/\(record.name).png")].map { try LabelMap.load($0).classMap }
            let stages = zip([PseudoLabelStage.initial, .refined], maps).map { (stage: $0, map: $1) }
            sheet.add(try ImageFile.load(photo.url), stages, truth: nil, caption: record.name)
        }
        if !sheet.isEmpty { try ImageFile.save(sheet.rendered(title: "labels before and after"), to: folder.file("sheet.png")) }
    }

    private func before(_ photo: QueryPhoto) -> URL { URL(fileURLWithPath: labels).appendingPathComponent(photo.name + ".png") }

    private func record(_ photo: QueryPhoto, _ refiner: any BoundaryRefiner, _ folder: RunFolder) -> Record {
        do {
            let image = try ImageFile.load(photo.url)
            let file = before(photo)
            let map = try LabelMap.load(file).classMap
            guard (map.height, map.width) == (image.height, image.width) else {
                throw DatasetError(
                    file: file.path, found: "\(map.width)x\(map.height) pixels",
                    expected: "those of the photo, \(image.width)x\(image.height)", advice: "give labels in the photo's size")
            }
            let result = try refinement(map, in: image, by: refiner)
            let place = try folder.file("labels/\(photo.name).png")
            try LabelMap(indices: result.labels, file: place.path).save(to: place)
            return Record(
                name: photo.name, labels: place.path, regions: result.regions, accepted: result.accepted, changed: result.changed)
        } catch {
            return Record(name: photo.name, error: "\(error)")
        }
    }
}
