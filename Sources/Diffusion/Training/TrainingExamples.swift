public import Datasets
internal import SegModels
public import TensorCore

/// The frozen half of training: features of photos with their affinities, and prototypes of annotated ones, computed once and
/// kept in a store.
///
/// Supports are drawn anew for every example; priors are made when they are needed. Photos and annotations are found in the
/// store by content, so that a second training, or one that is resumed, computes nothing again.
public struct TrainingExamples: Sendable {
    /// The queries, in list order, from which supports come, too; behind them the companions of a ``CompanionedDataset``, and the near views
    /// and region items of ``RegionTasks``.
    public let items: [DatasetItem]
    private let dataset: any FewShotDataset
    private let extractor: PriorExtractor
    private let training: TrainingConfiguration
    private let resolution: Int
    private let store: FeatureStore
    private let byClass: [Int: [Int]]
    private let companions: [Int: [Int]]
    private let near: [Int: Int]
    private let digests: ContentDigests

    /// The classes that examples are drawn from, ascending.
    let classIDs: [Int]

    /// The region classes beside them, ascending; none where the dataset has no ``RegionTasks``.
    let regionClassIDs: [Int]

    /// Names the sources; nothing is loaded yet.
    ///
    /// - Parameters:
    ///   - dataset: photos and labels.
    ///   - items: the queries. Classes of fewer than two photos are left out.
    ///   - extractor: the backbone and the model's parts.
    ///   - training: annotations and seed count here.
    ///   - resolution: the denoiser's.
    ///   - store: keeps features.
    public init(
        _ dataset: any FewShotDataset, items: [DatasetItem], extractor: PriorExtractor, _ training: TrainingConfiguration,
        resolution: Int, store: FeatureStore
    ) {
        self.init(
            dataset, items: items, extractor: extractor, training, resolution: resolution, store: store, digests: ContentDigests()
        )
    }

    /// The same with digests that are shared with other trainings on the dataset.
    init(
        _ dataset: any FewShotDataset, items: [DatasetItem], extractor: PriorExtractor, _ training: TrainingConfiguration,
        resolution: Int, store: FeatureStore, digests: ContentDigests
    ) {
        self.digests = digests
        self.dataset = dataset
        self.extractor = extractor
        self.training = training
        self.resolution = resolution
        self.store = store
        let photos = Dictionary(grouping: items, by: \.classID).mapValues { Set($0.map(\.id)).count }
        let usable = items.filter { photos[$0.classID, default: 0] > 1 }
        var (all, beside) = (usable, [Int: [Int]]())
        if let source = dataset as? any CompanionedDataset {
            for place in usable.indices {
                let own = source.companions(of: usable[place])
                beside[place] = Array(all.count..<(all.count + own.count))
                all += own
            }
        }
        var places = Dictionary(grouping: usable.indices, by: { usable[$0].classID })
        classIDs = places.keys.sorted()
        var views: [Int: Int] = [:]
        let tasks = dataset as? RegionTasks
        for place in usable.indices {
            guard let view = tasks?.nearView(of: usable[place]) else { continue }
            views[place] = all.count
            all.append(view)
        }
        let regions = all.count
        all += tasks?.regionItems ?? []
        let added = Dictionary(grouping: regions..<all.count, by: { all[$0].classID })
        regionClassIDs = added.keys.sorted()
        places.merge(added) { own, _ in own }
        (self.items, companions, near, byClass) = (all, beside, views, places)
    }

    /// Items of a class, by their place in ``items``.
    func places(ofClass classID: Int) -> [Int] { byClass[classID] ?? [] }

    /// The companions of an item, supports whenever it is one, by their place in ``items``.
    func companions(of place: Int) -> [Int] { companions[place] ?? [] }

    /// The near view of an item, by its place in ``items``; nil where it has none.
    func nearView(of place: Int) -> Int? { near[place] }

    /// Computes what the store lacks, one pass of the backbone over the views of all photos.
    ///
    /// Photos are decoded, annotated and cropped ahead of the backbone, by one worker: more would take its processors. Ranks that
    /// share a store on disk do a part of the photos each first; what one does not find then, it computes for itself.
    ///
    /// - Parameters:
    ///   - communicator: who shares the work.
    ///   - progress: called after every item with the numbers done and to do; may throw to stop. What was done is kept.
    public nonisolated(nonsending) func prepare(
        sharedBy communicator: any Communicator = SingleProcess(), progress: (Int, Int) throws -> Void = { _, _ in }
    ) async throws {
        if communicator.size > 1, store.isOnDisk {
            let photos = Set(items.map(\.id)).sorted()
            let own = Set(photos[Ranks.block(of: photos.count, communicator)])
            try await prepare(items.filter { own.contains($0.id) }, progress)
            try communicator.barrier()
        }
        try await prepare(items, progress)
    }

    private nonisolated(nonsending) func prepare(
        _ items: [DatasetItem], _ progress: (Int, Int) throws -> Void
    ) async throws {
        for try await element in PrefetchSequence(count: items.count, workers: 1, make: { try missing(items[$0]) }) {
            let item = items[element.position]
            if let source = try element.get() { try keep(views(of: source), item) } else { try complete(item) }
            try progress(element.position + 1, items.count)
        }
    }

    /// The digest of all photos and labels that examples are made of.
    public func contentHash() throws -> String {
        try DatasetItem.contentHash(of: items) { try digests.digest($0, in: dataset) }
    }

    /// One query with what is known of it.
    struct Query {
        var features: [QueryFeatures]
        var canvas: Tensor
        /// `[1, 2s, 2s, 2]`: share of the class, share that counts.
        var target: Tensor
    }

    /// The query of an item.
    func query(_ place: Int) throws -> Query {
        let item = items[place]
        let digest = try digests.digest(item.id, in: dataset)
        let maps = try store.tensors(photoKey(digest)) { photo(of: views(of: try source(item))) }
        let plain = maps.map { QueryFeatures($0) }
        let kept = keptAffinities(of: maps, digest)
        let count = kept.count / plain.count
        let features = plain.enumerated().map { level, features in
            AffinityMatrix(kept: Array(kept[(level * count)..<((level + 1) * count)])).map { features.with(affinity: $0) }
                ?? features
        }
        let canvas = try store.tensors(canvasKey(digest)) { self.canvas(of: try dataset.image(item.id)) }[0]
        let target = try record(item, digest)[0].converted(to: .float32)
        return Query(
            features: features, canvas: canvas.converted(to: .float32).placed(on: maps.first?.device ?? .host), target: target)
    }

    /// The prototypes of an item's views under one annotation, one value a level.
    func prototypes(_ place: Int, annotation: Int) throws -> [Prototypes] {
        let item = items[place]
        let tensors = try record(item, digests.digest(item.id, in: dataset))
        let count = 3 * extractor.backbone.levels.count
        let start = 1 + annotation * count
        return PriorExtractor.prototypes(Array(tensors[start..<(start + count)]))
    }

    /// Raw priors of prototypes on a query.
    ///
    /// - Parameter metric: in place of the foreground priors' transformation; nil for that.
    func priors(
        _ prototypes: [Prototypes], on query: Query, by metric: (any PriorTransformation)? = nil
    ) -> [Tensor] {
        guard let metric else { return extractor.priors(prototypes, query: query.features) }
        let baft = extractor.parts.baft.replacing(PriorKind.foreground.transformation, by: metric)
        return zip(prototypes, query.features).map { baft($0, $1) }
    }

    /// The backbone of the features.
    var backbone: any Backbone { extractor.backbone }

    // Features, affinities and query information each have a key, so that trainings that differ in one share the others.
    private func photoKey(_ digest: String) -> ContentKey { ContentKey("photo", "3", extractor.settings, digest) }

    private func affinityKey(_ digest: String) -> ContentKey {
        ContentKey("affinity", "1", extractor.settings, extractor.affinityIdentity, digest)
    }

    private func canvasKey(_ digest: String) -> ContentKey {
        let sources = extractor.parts.information.map(\.identity).joined(separator: "; ")
        return ContentKey("canvas", "1", "\(resolution)", sources, digest)
    }

    private func itemKey(_ item: DatasetItem, _ digest: String) -> ContentKey {
        let rules = training.annotations.map { rule in
            "\(rule.rawValue) \(AnnotationRule.seed(training.seed, image: item.id, classID: item.classID))"
        }
        return ContentKey(
            "item", "1", extractor.settings, "\(resolution)", extractor.parts.views.identity, rules.joined(separator: "; "),
            "\(item.classID)", digest)
    }

    private func record(_ item: DatasetItem, _ digest: String) throws -> [Tensor] {
        try store.tensors(itemKey(item, digest)) { try record(item, of: views(of: source(item))) }
    }

    /// What the backbone has to see for an item; nil where the store has it.
    private func missing(_ item: DatasetItem) throws -> Source? {
        let digest = try digests.digest(item.id, in: dataset)
        return store.contains(photoKey(digest)) && store.contains(itemKey(item, digest)) ? nil : try source(item)
    }

    private func keep(_ views: Views, _ item: DatasetItem) throws {
        let digest = try digests.digest(item.id, in: dataset)
        let maps = store.tensors(photoKey(digest)) { photo(of: views) }
        _ = keptAffinities(of: maps, digest)
        _ = store.tensors(canvasKey(digest)) { canvas(of: views.source.photo) }
        _ = try store.tensors(itemKey(item, digest)) { try record(item, of: views) }
    }

    /// What a training with other features of the same photo left out.
    private func complete(_ item: DatasetItem) throws {
        let digest = try digests.digest(item.id, in: dataset)
        if !store.contains(affinityKey(digest)), extractor.usesAffinity {
            let maps = try store.tensors(photoKey(digest)) { photo(of: views(of: try source(item))) }
            _ = keptAffinities(of: maps, digest)
        }
        if !store.contains(canvasKey(digest)) {
            _ = try store.tensors(canvasKey(digest)) { canvas(of: try dataset.image(item.id)) }
        }
    }

    private func keptAffinities(of maps: [Tensor], _ digest: String) -> [Tensor] {
        extractor.usesAffinity && !maps.isEmpty ? store.tensors(affinityKey(digest)) { affinities(of: maps) } : []
    }

    /// A decoded photo with its views; the first is the photo.
    private struct Source: Sendable {
        var photo: RGBImage
        var views: [SupportView]
    }

    /// The same with features, one `[views, h, w, C]` a level.
    private struct Views {
        var source: Source
        var levels: [Tensor]
    }

    private func source(_ item: DatasetItem) throws -> Source {
        let photo = try dataset.image(item.id)
        let mask = try dataset.mask(of: item.classID, in: item.id).object
        let seed = AnnotationRule.seed(training.seed, image: item.id, classID: item.classID)
        let masks = try training.annotations.map { rule in
            try rule.annotation(for: mask, seed: seed).rasterised(height: photo.height, width: photo.width)
        }
        return Source(photo: photo, views: extractor.parts.views.views(of: photo, annotations: masks, around: mask))
    }

    private func views(of source: Source) -> Views {
        Views(source: source, levels: extractor.features(source.views.map(\.image)))
    }

    private func photo(of views: Views) -> [Tensor] {
        withoutGradients { views.levels.map { $0.sliced(axis: 0, from: 0, count: 1).converted(to: .bfloat16) } }
    }

    /// The affinities of a photo's features, a byte a weight; empty where no prior is enhanced.
    private func affinities(of maps: [Tensor]) -> [Tensor] {
        withoutGradients {
            extractor.affinities(maps.map { QueryFeatures($0) }).flatMap { AffinityMatrix($0).quantized.tensors }
        }
    }

    private func canvas(of photo: RGBImage) -> [Tensor] {
        withoutGradients {
            let information = QueryInformation(
                photo: Devices.using(.host) { photo.tensor() }, resolution: resolution, sources: extractor.parts.information)
            return [information.canvas.converted(to: .bfloat16)]
        }
    }

    private func record(_ item: DatasetItem, of views: Views) throws -> [Tensor] {
        try withoutGradients {
            let target = try dataset.mask(of: item.classID, in: item.id).target()
                .resized(to: Size2D(2 * resolution), .area)
            let pooled = PriorExtractor.pooled(views.levels, views.source.views).flatMap { PriorExtractor.flattened($0) }
            return [target.converted(to: .bfloat16)] + pooled
        }
    }
}
