public import Datasets
internal import TensorCore

/// A dataset with more tasks out of the same photos, for trainings: a decoder that meets nothing but objects learns what objects look
/// like, and forgets the priors where the target is something else.
///
/// Beside the items of the dataset it has two kinds. *Region classes*: a photo is seen in two views (`PhotoView`), and what both
/// show of stuff, parts, single and joined things (`PhotoRegions`) are classes of their own, an item a view: what ties a query to its support is
/// looks alone. *Near views* are further items of the classes: crops that the thing fills to half or more and whose edge it touches.
///
/// Only photos of the given items are used, for regions those without any class that is none of the items'. Everything follows
/// from the seed and the photo's digest; views are made when they are asked for, and what a photo has of them is kept by the store.
public struct RegionTasks: CompanionedDataset {
    /// The most regions of a photo.
    public static let maximumRegions = 8

    /// What is asked for.
    struct Settings: Sendable, Hashable {
        /// Regions of a photo; 0 for none.
        var regions: Int
        /// Whether there are near views.
        var hasNearViews: Bool
        /// Drives what is drawn.
        var seed: UInt64
    }

    /// The dataset.
    public let base: any FewShotDataset
    public let classes: [FewShotClass]
    public let items: [DatasetItem]
    /// The near views of items, in the order of the dataset's.
    public let nearItems: [DatasetItem]
    /// The items of region classes, two a class, photo by photo.
    public let regionItems: [DatasetItem]
    private let near: [DatasetItem: DatasetItem]
    private let places: [String: RegionPlace]
    private let drawing: RegionDrawing

    /// The dataset with the tasks that a training asks for; the dataset itself where it asks for none.
    ///
    /// - Parameters:
    ///   - dataset: photos and labels.
    ///   - items: what is trained on.
    ///   - training: the shares and the seed.
    ///   - store: keeps what a photo has.
    ///   - progress: called after every photo with the numbers done and to do; may throw to stop.
    public nonisolated(nonsending) static func extending(
        _ dataset: any FewShotDataset, items: [DatasetItem], _ training: TrainingConfiguration, store: FeatureStore,
        progress: (Int, Int) throws -> Void = { _, _ in }
    ) async throws -> any FewShotDataset {
        let settings = Settings(
            regions: training.regionProbability > 0 ? training.regionCount : 0, hasNearViews: training.nearProbability > 0,
            seed: training.seed)
        guard settings.regions > 0 || settings.hasNearViews else { return dataset }
        return try await RegionTasks(dataset, items: items, settings, store: store, progress: progress)
    }

    /// Looks at every photo that the store does not know.
    nonisolated(nonsending) init(
        _ base: any FewShotDataset, items: [DatasetItem], _ settings: Settings, store: FeatureStore,
        progress: (Int, Int) throws -> Void = { _, _ in }
    ) async throws {
        self.base = base
        let drawing = RegionDrawing(base: base, settings: settings, store: store)
        self.drawing = drawing
        let shown = Dictionary(grouping: items, by: \.id).mapValues { Set($0.map(\.classID)).sorted() }
        let (ids, allowed) = (shown.keys.sorted(), Set(items.map(\.classID)))
        var numbers = RegionNumbers(taken: base.classes.map(\.id) + items.map(\.classID))
        let mark = RegionNumbers.mark(absentIn: Set(base.items.map(\.id)).union(ids))
        var (own, regionItems, near, places) = (
            [FewShotClass](), [DatasetItem](), [DatasetItem: DatasetItem](), [String: RegionPlace]()
        )
        let looked = PrefetchSequence(count: ids.count) { place in
            try drawing.contents(of: ids[place], classes: shown[ids[place]] ?? [], allowed: allowed)
        }
        for try await element in looked {
            let (id, contents) = (ids[element.position], try element.get())
            for classID in contents.near {
                let view = "\(id)\(mark)near-\(classID)"
                near[DatasetItem(id: id, classID: classID)] = DatasetItem(id: view, classID: classID)
                places[view] = RegionPlace(photo: id, digest: contents.digest, kind: .near(classID))
            }
            if contents.regions > 0 {
                let first = numbers.first(for: contents.digest)
                let classes = first..<(first + contents.regions)
                own += classes.enumerated().map { FewShotClass(id: $0.element, name: "region \($0.offset + 1) of \(id)") }
                let views = (0..<2).map { "\(id)\(mark)region-\($0)" }
                for (number, view) in views.enumerated() {
                    places[view] = RegionPlace(photo: id, digest: contents.digest, kind: .region(view: number, classes: classes))
                    regionItems += classes.map { DatasetItem(id: view, classID: $0) }
                }
            }
            try progress(element.position + 1, ids.count)
        }
        classes = base.classes + own
        nearItems = base.items.compactMap { near[$0] }
        self.items = base.items + nearItems + regionItems
        (self.regionItems, self.near, self.places) = (regionItems, near, places)
    }

    public var name: String { base.name }
    public var labelRule: String? { base.labelRule }

    /// An item as a thing that fills the frame; nil where none was found.
    public func nearView(of item: DatasetItem) -> DatasetItem? { near[item] }

    public func companions(of item: DatasetItem) -> [DatasetItem] {
        guard places[item.id] == nil, let source = base as? any CompanionedDataset else { return [] }
        return source.companions(of: item)
    }

    public func image(_ id: String) throws -> RGBImage {
        guard let place = places[id] else { return try base.image(id) }
        return try drawing.view(place).image(of: base.image(place.photo))
    }

    public func mask(of classID: Int, in image: String) throws -> ClassMask {
        guard let place = places[image] else { return try base.mask(of: classID, in: image) }
        if case .region(let view, let classes) = place.kind, classes.contains(classID) {
            return try drawing.regions(place).mask(classID - classes.lowerBound, inView: view)
        }
        return try drawing.view(place).mask(of: base.mask(of: classID, in: place.photo))
    }

    /// In a view: the photo's classes that it shows, and its region classes.
    public func classIDs(in image: String) throws -> Set<Int> {
        guard let place = places[image] else { return try base.classIDs(in: image) }
        let known = try base.classIDs(in: place.photo).filter { try mask(of: $0, in: image).object.values.contains(true) }
        if case .region(_, let classes) = place.kind { return known.union(classes) }
        return known
    }

    /// In a view: the photo's classes; regions overlap with them and with each other.
    public func classMap(of image: String) throws -> ClassMap {
        guard let place = places[image] else { return try base.classMap(of: image) }
        return try drawing.view(place).labels(of: base.classMap(of: place.photo))
    }

    public func labelPlace(_ image: String) -> String { base.labelPlace(places[image]?.photo ?? image) }

    public func photoDoubt(_ id: String) throws -> PhotoDoubt? { try base.photoDoubt(places[id]?.photo ?? id) }

    /// A view's digest follows from the photo's and from what was drawn, without a look at pixels.
    public func contentDigest(_ id: String) throws -> String {
        guard let place = places[id] else { return try base.contentDigest(id) }
        return drawing.digest(of: place)
    }
}

/// What a view's id stands for.
struct RegionPlace: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case region(view: Int, classes: Range<Int>)
        case near(Int)
    }

    var photo: String
    /// The photo's content.
    var digest: String
    var kind: Kind
}

/// Ids of views and of region classes.
struct RegionNumbers {
    /// Region classes have the upper half of all ids, so that they meet none of a dataset.
    private static let first = 1 << 30
    private static let slots = (1 << 30) / RegionTasks.maximumRegions
    private var used: Set<Int>

    init(taken: [Int]) {
        used = Set(taken.filter { $0 >= Self.first }.map { ($0 - Self.first) / RegionTasks.maximumRegions })
    }

    /// The number of a photo's first region class. It follows from content as far as it can, so that trainings on several folds find
    /// each other's features.
    mutating func first(for digest: String) -> Int {
        let bytes = Array(SHA256.hex(digest).prefix(8))
        var slot = (Int(String(bytes), radix: 16) ?? 0) % Self.slots
        while !used.insert(slot).inserted { slot = (slot + 1) % Self.slots }
        return Self.first + slot * RegionTasks.maximumRegions
    }

    /// What stands between a photo's id and a view's: no id has it.
    static func mark(absentIn ids: Set<String>) -> String {
        var mark = "#"
        while ids.contains(where: { $0.contains("\(mark)near-") || $0.contains("\(mark)region-") }) { mark += "#" }
        return mark
    }
}
