public import Datasets
internal import SegModels
public import TensorCore

/// The frozen half of training, computed once: priors of training queries against supports, query information, truth.
///
/// BAFT has no parameters, so its output for a pair never changes; a training step then costs the decoder alone. Maps are
/// kept in bfloat16.
public struct PriorBank: Sendable {
    /// One support's priors on one query.
    public struct Entry: Sendable {
        /// The support's image id.
        public var support: String
        /// How the support was annotated.
        public var annotation: AnnotationRule
        /// `[V, h, w, kinds]` a level, bfloat16.
        public var priors: [Tensor]
    }

    /// One training query.
    public struct Query: Sendable {
        /// The image and class.
        public var item: DatasetItem
        /// `QueryInformation.canvas`.
        public var canvas: Tensor
        /// `[1, 2s, 2s, 2]`: share of the class, share that counts.
        public var target: Tensor
        /// Its supports.
        public var entries: [Entry]
    }

    /// The queries, in list order.
    public let queries: [Query]

    /// Computes a bank.
    ///
    /// - Parameters:
    ///   - dataset: the source of photos and labels.
    ///   - items: the queries; supports come from them, too.
    ///   - extractor: the backbone and the model's settings.
    ///   - configuration: supports per query, annotations and seed count here.
    ///   - progress: called after every query with the number done; may throw to stop.
    public init(
        _ dataset: any FewShotDataset, items: [DatasetItem], extractor: PriorExtractor, _ configuration: TrainingConfiguration,
        progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let byClass = Dictionary(grouping: items, by: \.classID)
        var supports = SupportPrototypes(dataset: dataset, extractor: extractor, configuration: configuration)
        var queries: [Query] = []
        for (index, item) in items.enumerated() {
            var random = TorchRandom(seed: AnnotationRule.seed(configuration.seed, image: item.id, classID: item.classID))
            var others = (byClass[item.classID] ?? []).filter { $0.id != item.id }
            guard !others.isEmpty else { continue }
            var chosen: [DatasetItem] = []
            while chosen.count < configuration.supportsPerQuery, !others.isEmpty {
                chosen.append(others.remove(at: random.integer(below: others.count)))
            }
            queries.append(try Self.query(item, chosen, dataset, extractor, configuration, &supports))
            try progress(index + 1, items.count)
        }
        self.queries = queries
    }

    private static func query(
        _ item: DatasetItem, _ chosen: [DatasetItem], _ dataset: any FewShotDataset, _ extractor: PriorExtractor,
        _ configuration: TrainingConfiguration, _ supports: inout SupportPrototypes
    ) throws -> Query {
        try withoutGradients {
            let photo = try dataset.image(item.id)
            let features = extractor.queryFeatures(photo, id: item.id)
            let resolution = extractor.configuration.decoder.resolution
            let entries = try Self.entries(of: chosen, on: features, extractor, configuration, &supports)
            let target = try dataset.mask(of: item.classID, in: item.id).target()
                .resized(to: Size2D(2 * resolution), .area)
            return Query(
                item: item, canvas: QueryInformation(photo: photo.tensor(), resolution: resolution).canvas, target: target,
                entries: entries)
        }
    }

    /// All supports of a query at once: the query's affinity is computed a single time for them.
    private static func entries(
        of chosen: [DatasetItem], on features: [QueryFeatures], _ extractor: PriorExtractor,
        _ configuration: TrainingConfiguration, _ supports: inout SupportPrototypes
    ) throws -> [Entry] {
        let known = try chosen.map { try supports.prototypes(of: $0) }
        let prototypes = known.flatMap { $0 }
        let counts = prototypes.map { $0[0].foreground.shape[0] }
        let joined = (0..<UQDDConfiguration.levels).map { level in Prototypes.joined(prototypes.map { $0[level] }) }
        let parts = extractor.priors(joined, query: features)
            .map { $0.converted(to: .bfloat16).split(counts, axis: 0) }
        let rules = configuration.annotations
        return prototypes.indices.map { index in
            Entry(
                support: chosen[index / rules.count].id, annotation: rules[index % rules.count], priors: parts.map { $0[index] })
        }
    }
}

/// The prototypes of every support that a bank meets, each pooled once.
private struct SupportPrototypes {
    let dataset: any FewShotDataset
    let extractor: PriorExtractor
    let configuration: TrainingConfiguration
    private var known: [DatasetItem: [[Prototypes]]] = [:]

    init(dataset: any FewShotDataset, extractor: PriorExtractor, configuration: TrainingConfiguration) {
        self.dataset = dataset
        self.extractor = extractor
        self.configuration = configuration
    }

    /// One value an annotation rule, each with one value a level.
    mutating func prototypes(of item: DatasetItem) throws -> [[Prototypes]] {
        if let present = known[item] { return present }
        let image = try dataset.image(item.id)
        let mask = try dataset.mask(of: item.classID, in: item.id).object
        let seed = AnnotationRule.seed(configuration.seed, image: item.id, classID: item.classID)
        let masks = try configuration.annotations.map { rule in
            try rule.annotation(for: mask, seed: seed).rasterised(height: image.height, width: image.width)
        }
        let made = extractor.prototypes(of: image, annotatedBy: masks, croppingAround: mask)
        known[item] = made
        return made
    }
}
