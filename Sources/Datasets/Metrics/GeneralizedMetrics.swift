/// Whether background is one of the base classes: CAPL and POP say so, DIaM does not.
public enum BackgroundRule: String, Sendable, Codable, CaseIterable {
    /// A class of the base mean, and of the mean over all.
    case included
    /// No class: its pixels only count as errors of others.
    case excluded

    /// The classes of the base mean, from the base classes without background.
    func baseIDs(_ base: [Int]) -> [Int] { self == .included ? [Int(ClassMap.background)] + base : base }
}

/// The means of generalized few-shot segmentation: base and novel classes named at once.
///
/// All are of one run, or of one fold; a class that occurs neither in truth nor in predictions is left out of its mean.
public struct GeneralizedMeans: Sendable, Hashable, Codable {
    /// Over the base classes, with or without background; nil when none occurs.
    public var base: Double?
    /// Over the novel classes; nil when none occurs.
    public var novel: Double?
    /// Over all classes that count, each once ("total" where the mean of base and novel is called mean).
    public var total: Double?

    /// Three means.
    public init(base: Double?, novel: Double?, total: Double?) {
        self.base = base
        self.novel = novel
        self.total = total
    }

    /// The means of a matrix.
    ///
    /// - Parameters:
    ///   - matrix: its classes may be more than those of the means.
    ///   - base: the base classes without background.
    ///   - novel: the novel classes.
    ///   - background: whether ``ClassMap/background`` is a base class.
    public init(_ matrix: ConfusionMatrix, base: [Int], novel: [Int], background: BackgroundRule) {
        let olds = background.baseIDs(base).compactMap { matrix.iou(ofClass: $0) }
        let news = novel.compactMap { matrix.iou(ofClass: $0) }
        self.init(base: Self.mean(olds), novel: Self.mean(news), total: Self.mean(olds + news))
    }

    /// The mean of ``base`` and ``novel``, which weighs both the same; nil where one is missing.
    public var mean: Double? {
        guard let base, let novel else { return nil }
        return (base + novel) / 2
    }

    /// `2 b n / (b + n)`, at most ``mean``; 0 where both are 0, nil where one is missing.
    public var harmonic: Double? {
        guard let base, let novel else { return nil }
        return base + novel > 0 ? 2 * base * novel / (base + novel) : 0
    }

    fileprivate static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}

/// The means of several folds or seeds, in both orders in which papers average: they differ in the harmonic mean.
public struct GeneralizedSummary: Sendable, Hashable, Codable {
    /// Base, novel and total averaged over the runs; ``GeneralizedMeans/harmonic`` of these is the harmonic mean of means.
    public var averaged: GeneralizedMeans
    /// The mean over the runs of each one's harmonic mean; nil where none has one.
    public var meanOfHarmonics: Double?

    /// Averages runs; what a run lacks is left out of that mean.
    public init(_ runs: [GeneralizedMeans]) {
        averaged = GeneralizedMeans(
            base: GeneralizedMeans.mean(runs.compactMap(\.base)), novel: GeneralizedMeans.mean(runs.compactMap(\.novel)),
            total: GeneralizedMeans.mean(runs.compactMap(\.total)))
        meanOfHarmonics = GeneralizedMeans.mean(runs.compactMap(\.harmonic))
    }
}
