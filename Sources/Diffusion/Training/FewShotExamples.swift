internal import Datasets
internal import SegModels
internal import TensorCore

/// The inputs and the target of one step of a learner's training.
struct FewShotBatch {
    /// One map a level, a row an episode.
    var query: [Tensor]
    /// One value a shot, a row an episode.
    var supports: [SupportMaps]
    /// `[N, S, S]`, int64, see ``FewShotScores/loss(_:)``.
    var target: Tensor
    /// Query and supports of every episode, for messages.
    var names: [String]
}

/// Episodes of base classes for a learner: classes count the same, then queries of a class, then supports.
///
/// Maps of photos are kept in the store as bfloat16 where all of them fit into ``keptBytes``, and are computed in every step where not.
struct FewShotExamples: Sendable {
    /// What is kept at most, in memory and on disk.
    static let keptBytes = 8 << 30

    /// The queries, in list order; supports come from them, too.
    let items: [DatasetItem]
    /// Whether maps are computed once.
    let keepsMaps: Bool
    private let dataset: any FewShotDataset
    private let features: SquareFeatures
    private let training: FewShotTrainingConfiguration
    private let store: FeatureStore
    private let digests = ContentDigests()
    private let byClass: [Int: [Int]]
    private let classIDs: [Int]

    /// Names the sources; nothing is loaded yet. Classes of fewer photos than an episode has are left out.
    init(
        _ dataset: any FewShotDataset, items: [DatasetItem], features: SquareFeatures, _ training: FewShotTrainingConfiguration,
        store: FeatureStore
    ) {
        self.dataset = dataset
        self.features = features
        self.training = training
        self.store = store
        let photos = Dictionary(grouping: items, by: \.classID).mapValues { Set($0.map(\.id)).count }
        let usable = items.filter { photos[$0.classID, default: 0] > training.shots }
        self.items = usable
        byClass = Dictionary(grouping: usable.indices, by: { usable[$0].classID })
        classIDs = byClass.keys.sorted()
        let views = Set(usable.map(\.id)).count * (training.flips ? 2 : 1)
        let bytes = features.count.multipliedReportingOverflow(by: 2 * views)
        keepsMaps = !bytes.overflow && bytes.partialValue <= Self.keptBytes
    }

    /// The backbone of the maps.
    var backbone: any Backbone { features.backbone }

    /// The digest of all photos and labels that examples are made of.
    func contentHash() throws -> String {
        try DatasetItem.contentHash(of: items) { try digests.digest($0, in: dataset) }
    }

    /// Computes the maps that the store lacks, where they are kept; photos are decoded ahead of the backbone.
    ///
    /// - Parameters:
    ///   - communicator: who shares a store on disk: each does a part of the photos first, and what it does not find then for itself.
    ///   - progress: called after every photo with the numbers done and to do; may throw to stop. What was done is kept.
    nonisolated(nonsending) func prepare(
        sharedBy communicator: any Communicator, progress: (Int, Int) throws -> Void
    ) async throws {
        guard keepsMaps else { return }
        let ids = Set(items.map(\.id)).sorted()
        let views = ids.flatMap { id in (training.flips ? [false, true] : [false]).map { View(id: id, isMirrored: $0) } }
        if communicator.size > 1, store.isOnDisk {
            try await prepare(Array(views[Ranks.block(of: views.count, communicator)]), progress)
            try communicator.barrier()
        }
        try await prepare(views, progress)
    }

    private nonisolated(nonsending) func prepare(
        _ views: [View], _ progress: (Int, Int) throws -> Void
    ) async throws {
        let photos = PrefetchSequence(count: views.count, workers: 1) { place in
            store.contains(try key(views[place])) ? nil : try photo(views[place])
        }
        for try await element in photos {
            if let photo = try element.get() { _ = store.tensors(try key(views[element.position])) { computed([photo]) } }
            try progress(element.position + 1, views.count)
        }
    }

    /// A shard of a batch, or a whole one; all that is drawn comes from the source.
    func batch(_ random: inout TorchRandom) throws -> FewShotBatch {
        let episodes = try (0..<training.shardSize).map { _ in try episode(&random) }
        let shots = try (0..<training.shots).map { shot in
            let shown = episodes.map { $0.supports[shot] }
            return SupportMaps(levels: try maps(shown.map(\.view)), mask: Tensor.concatenated(shown.map(\.mask), axis: 0))
        }
        let query = try maps(episodes.map(\.query))
        let supports = shots.map { SupportMaps(levels: $0.levels, mask: $0.mask.placed(beside: query[0])) }
        let target = Tensor.concatenated(episodes.map(\.target), axis: 0).placed(beside: query[0])
        return FewShotBatch(query: query, supports: supports, target: target, names: episodes.map(\.name))
    }

    /// A photo as it is, or mirrored.
    private struct View: Hashable {
        var id: String
        var isMirrored: Bool
    }

    private struct Drawn {
        var query: View
        var target: Tensor
        var supports: [(view: View, mask: Tensor)]
        var name: String
    }

    private func episode(_ random: inout TorchRandom) throws -> Drawn {
        let classID = classIDs[random.integer(below: classIDs.count)]
        let places = byClass[classID] ?? []
        let query = items[places[random.integer(below: places.count)]]
        var rest = places.filter { items[$0].id != query.id }
        let chosen = (0..<training.shots).map { _ in items[rest.remove(at: random.integer(below: rest.count))] }
        let view = view(query, &random)
        var supports: [(view: View, mask: Tensor)] = []
        for item in chosen {
            let rule = training.annotations[random.integer(below: training.annotations.count)]
            let shown = self.view(item, &random)
            supports.append((shown, try mask(item, rule, isMirrored: shown.isMirrored)))
        }
        let names = chosen.map(\.id).joined(separator: ", ")
        return Drawn(
            query: view, target: try target(query, isMirrored: view.isMirrored), supports: supports,
            name: "\(query.id) class \(classID) by \(names)")
    }

    private func view(_ item: DatasetItem, _ random: inout TorchRandom) -> View {
        View(id: item.id, isMirrored: training.flips && random.uniform() < 0.5)
    }

    private func mask(_ item: DatasetItem, _ rule: AnnotationRule, isMirrored: Bool) throws -> Tensor {
        let object = try dataset.mask(of: item.classID, in: item.id).object
        let seed = AnnotationRule.seed(training.seed, image: item.id, classID: item.classID)
        let mask = try rule.annotation(for: object, seed: seed).rasterised(height: object.height, width: object.width)
        return features.mask(isMirrored ? mask.flippedHorizontally() : mask)
    }

    private func target(_ item: DatasetItem, isMirrored: Bool) throws -> Tensor {
        let truth = try dataset.mask(of: item.classID, in: item.id).resized(height: features.side, width: features.side)
        func turned(_ mask: BinaryMask) -> BinaryMask { isMirrored ? mask.flippedHorizontally() : mask }
        var values = turned(truth.object).values.map { $0 ? Int64(1) : 0 }
        for (pixel, isVoid) in (truth.void.map(turned)?.values ?? []).enumerated() where isVoid {
            values[pixel] = Int64(FewShotScores.ignored)
        }
        return Tensor(values, shape: [1, features.side, features.side])
    }

    private func photo(_ view: View) throws -> RGBImage {
        let photo = try dataset.image(view.id)
        return view.isMirrored ? photo.flippedHorizontally() : photo
    }

    private func key(_ view: View) throws -> ContentKey {
        let digest = try digests.digest(view.id, in: dataset)
        return ContentKey("square", "1", features.settings, view.isMirrored ? "mirrored" : "plain", digest)
    }

    private func computed(_ photos: [RGBImage]) -> [Tensor] {
        withoutGradients { features.maps(photos).map { $0.converted(to: .bfloat16) } }
    }

    /// The maps of several photos, a row each.
    private func maps(_ views: [View]) throws -> [Tensor] {
        guard keepsMaps else { return features.maps(try views.map(photo)) }
        let known = try views.map { view in try store.tensors(key(view)) { computed([try photo(view)]) } }
        return features.backbone.levels.indices.map { level in
            let rows = Tensor.concatenated(known.map { $0[level] }, axis: 0)
            return (features.backbone.parameters.first.map { rows.placed(beside: $0.value) } ?? rows)
                .converted(to: features.backbone.precision.activations)
        }
    }
}
