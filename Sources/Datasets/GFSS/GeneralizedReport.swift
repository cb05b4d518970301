/// The scores of generalized few-shot segmentation, 0...1; nil where classes do not occur.
public struct GeneralizedScores: Sendable, Hashable, Codable {
    /// The mean over base classes.
    public var base: Double?
    /// The mean over novel classes.
    public var novel: Double?
    /// The mean of both.
    public var mean: Double?
    /// Their harmonic mean.
    public var harmonic: Double?
    /// The mean over all classes.
    public var total: Double?

    /// The numbers of means.
    public init(_ means: GeneralizedMeans) {
        (base, novel, total) = (means.base, means.novel, means.total)
        (mean, harmonic) = (means.mean, means.harmonic)
    }

    /// In the order of tables: base, novel, mean, harmonic, total.
    public var all: [Double?] { [base, novel, mean, harmonic, total] }

    /// The titles of ``all``.
    public static let titles = ["base", novelTitle, "mean", "harmonic", "total"]

    /// The title that has the colour of novel classes.
    static let novelTitle = "novel"
}

/// One fold with one seed.
public struct GeneralizedRun: Sendable, Equatable, Codable {
    /// One class.
    public struct ClassScore: Sendable, Equatable, Codable {
        /// The class, 0 for the background.
        public var classID: Int
        /// Its name.
        public var name: String
        /// Whether it is a novel one.
        public var isNovel: Bool
        /// Intersection over union, 0...1; nil where it occurs neither in truth nor in predictions.
        public var iou: Double?
    }

    /// The fold.
    public var fold: Int
    /// The seed of the supports.
    public var seed: UInt64
    /// Images that there are to segment; in a part of a run more than it scored.
    public var queries: Int
    /// The digest of their ids.
    public var queryHash: String
    /// Images that were scored.
    public var scored: Int
    /// Background, then base and novel classes in the dataset's order.
    public var classes: [ClassScore]
    /// With background as a base class.
    public var withBackground: GeneralizedScores
    /// Without.
    public var withoutBackground: GeneralizedScores
    /// All counts, from which everything follows.
    public var matrix: ConfusionMatrix

    /// Sums up a matrix; `named` are base and novel classes.
    init(
        fold: Int, seed: UInt64, queries: Int, queryHash: String, scored: Int, matrix: ConfusionMatrix,
        base: [FewShotClass], novel: [FewShotClass]
    ) {
        (self.fold, self.seed, self.queries, self.queryHash, self.scored) = (fold, seed, queries, queryHash, scored)
        self.matrix = matrix
        let ground = FewShotClass(id: Int(ClassMap.background), name: "background")
        let isNovel = Set(novel.map(\.id))
        classes = ([ground] + (base + novel).sorted { $0.id < $1.id }).map { item in
            ClassScore(
                classID: item.id, name: item.name, isNovel: isNovel.contains(item.id), iou: matrix.iou(ofClass: item.id))
        }
        (withBackground, withoutBackground) = (
            .init(Self.means(matrix, base, novel, .included)), .init(Self.means(matrix, base, novel, .excluded))
        )
    }

    private static func means(
        _ matrix: ConfusionMatrix, _ base: [FewShotClass], _ novel: [FewShotClass], _ rule: BackgroundRule
    ) -> GeneralizedMeans {
        GeneralizedMeans(matrix, base: base.map(\.id), novel: novel.map(\.id), background: rule)
    }

    /// The means by a rule.
    func means(_ rule: BackgroundRule) -> GeneralizedMeans {
        let classes = classes.filter { $0.classID != Int(ClassMap.background) }
        return GeneralizedMeans(
            matrix, base: classes.filter { !$0.isNovel }.map(\.classID), novel: classes.filter(\.isNovel).map(\.classID),
            background: rule)
    }

    /// The same run with the counts of further images.
    func adding(_ other: GeneralizedRun) throws(DatasetError) -> GeneralizedRun {
        var sum = matrix
        try sum.merge(other.matrix)
        let named = classes.filter { $0.classID != Int(ClassMap.background) }
        func picked(_ isNovel: Bool) -> [FewShotClass] {
            named.filter { $0.isNovel == isNovel }.map { FewShotClass(id: $0.classID, name: $0.name) }
        }
        return GeneralizedRun(
            fold: fold, seed: seed, queries: queries, queryHash: queryHash, scored: scored + other.scored, matrix: sum,
            base: picked(false), novel: picked(true))
    }
}

/// A share of a run's images, for several processes: every `count`-th one from `index` on.
public struct ScoredPart: Sendable, Hashable, Codable, CustomStringConvertible {
    /// From 1 on.
    public var index: Int
    /// Parts in all.
    public var count: Int

    /// Reads "2/4"; nil for anything else.
    public init?(_ text: String) {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], (1...10_000).contains(count),
            (1...count).contains(index)
        else { return nil }
        (self.index, self.count) = (index, count)
    }

    /// All images.
    public static let whole = ScoredPart(index: 1, count: 1)

    private init(index: Int, count: Int) { (self.index, self.count) = (index, count) }

    /// "2/4".
    public var description: String { "\(index)/\(count)" }

    /// The images of the part.
    func of(_ ids: [String]) -> [String] { stride(from: index - 1, to: ids.count, by: count).map { ids[$0] } }
}

/// What a scoring found: `metrics.json`.
public struct GeneralizedReport: Sendable, Equatable, Codable {
    /// Both orders of averaging over folds and seeds.
    public struct Summary: Sendable, Equatable, Codable {
        /// Base, novel and total averaged over the runs, and the mean and harmonic mean of these averages.
        public var ofMeans: GeneralizedScores
        /// The mean over the runs of each one's harmonic mean.
        public var meanOfHarmonics: Double?

        init(_ runs: [GeneralizedRun], _ rule: BackgroundRule) {
            let summary = GeneralizedSummary(runs.map { $0.means(rule) })
            ofMeans = GeneralizedScores(summary.averaged)
            meanOfHarmonics = summary.meanOfHarmonics
        }
    }

    /// What was scored.
    public var settings: GeneralizedScoring
    /// The parts that are in it.
    public var parts: [ScoredPart]
    /// Fold after fold, seed after seed.
    public var runs: [GeneralizedRun]
    /// Over all runs, background being a base class.
    public var withBackground: Summary
    /// Over all runs without background.
    public var withoutBackground: Summary
    /// What could not be scored, one line each.
    public var problems: [String]
    /// What whoever reads the numbers should know.
    public var remarks: [String]

    init(_ settings: GeneralizedScoring, parts: [ScoredPart], runs: [GeneralizedRun], problems: [String], remarks: [String]) {
        (self.settings, self.parts, self.runs, self.problems, self.remarks) = (settings, parts, runs, problems, remarks)
        withBackground = Summary(runs, .included)
        withoutBackground = Summary(runs, .excluded)
    }

    /// The number that papers of the convention put first: the mean over all classes with background, or that of base and novel.
    public var headline: Double? {
        settings.convention.baseIncludesBackground ? withBackground.ofMeans.total : withoutBackground.ofMeans.mean
    }
}
