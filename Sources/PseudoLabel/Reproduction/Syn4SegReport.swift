public import Datasets
internal import Foundation

/// One row of one cell.
public struct Syn4SegResult: Codable, Hashable, Sendable {
    var cell: Syn4SegCell
    /// The row's name in ``Syn4SegVariant/id``.
    public var variant: String
    /// The row's name in tables.
    public var title: String
    /// By the convention's rule of backgrounds.
    public var scores: GeneralizedScores
    /// The quality of the labels that were learned from, where the truth is known.
    public var quality: PseudoLabelQuality.Summary?
}

/// What a reproduction found: `results.json`.
public struct Syn4SegReport: Codable, Sendable {
    /// A row of the ablation over all folds and seeds.
    public struct Row: Codable, Hashable, Sendable {
        /// The backbone.
        public var backbone: String
        /// Supports a novel class.
        public var shots: Int
        /// The row's name in ``Syn4SegVariant/id``.
        public var variant: String
        /// The row's name in tables.
        public var title: String
        /// Over base classes; as all of these over folds and seeds with a 95 % interval, nil where no class occurs.
        public var base: MeanInterval?
        /// Over novel classes.
        public var novel: MeanInterval?
        /// The mean of both.
        public var mean: MeanInterval?
        /// The harmonic mean of both.
        public var harmonic: MeanInterval?
        /// The labels that were learned from.
        public var labels: PseudoLabelQuality.Summary?
    }

    /// The rows, backbone by backbone and shot by shot.
    public var rows: [Row]
    /// The paper's claims beside what was found.
    public var claims: [Syn4SegClaim]
    /// Sweeps.
    public var sweeps: [Syn4SegSweepPoint]
    /// How diverse prompts and images are.
    public var diversity: [Syn4SegDiversity]
    /// What whoever reads the numbers should know.
    public var remarks: [String]
    private let plan: Syn4SegReproduction

    init(
        _ plan: Syn4SegReproduction, results: [Syn4SegResult], points: [Syn4SegSweepPoint], diversity: [Syn4SegDiversity]
    ) {
        self.plan = plan
        (sweeps, self.diversity) = (points, diversity)
        rows = plan.backbones.indices.flatMap { backbone in
            plan.shots.flatMap { shots in
                plan.variants.compactMap { variant in
                    let own = results.filter {
                        $0.cell.backbone == backbone && $0.cell.shots == shots && $0.variant == variant.id
                    }
                    return own.isEmpty ? nil : Row(own, plan.backbones[backbone].title, shots, variant)
                }
            }
        }
        let table = Syn4SegTable(results)
        claims = Syn4SegClaim.all(plan, table, points)
        remarks = plan.seeds.count * plan.folds.count < 2 ? ["a single run: there are no intervals, and no claim is decided"] : []
    }

    /// Writes the report.
    func write(
        to folder: RunFolder, manifest: RunManifest<Syn4SegReproduction>, pictures: [(title: String, image: RGBImage)]
    ) throws {
        try TextFile.writeJSON(self, to: folder.file("results.json"))
        let header = ["backbone", "shots", "variant", "runs"] + Self.titles
        let fields = rows.map { row in
            let values = row.scores.map { $0.map { String($0.mean) } ?? "" }
            return [row.backbone, "\(row.shots)", row.variant, "\(row.mean?.count ?? 0)"] + values
        }
        try TextFile.writeCSV(header: header, rows: fields, to: folder.file("results.csv"))
        let page = Syn4SegPage(report: self, plan: plan, pictures: pictures)
        try TextFile.write(page.html(manifest), to: folder.file("report.html"))
    }

    /// The titles of ``Row/scores``.
    public static let titles = ["base", "novel", "mean", "harmonic"]
}

extension Syn4SegReport.Row {
    fileprivate init(_ results: [Syn4SegResult], _ backbone: String, _ shots: Int, _ variant: Syn4SegVariant) {
        (self.backbone, self.shots, self.variant, title) = (backbone, shots, variant.id, variant.title)
        base = MeanInterval(results.compactMap(\.scores.base))
        novel = MeanInterval(results.compactMap(\.scores.novel))
        mean = MeanInterval(results.compactMap(\.scores.mean))
        harmonic = MeanInterval(results.compactMap(\.scores.harmonic))
        labels = PseudoLabelQuality.Summary(meanOf: results.compactMap(\.quality))
    }

    /// In the order of ``Syn4SegReport/titles``.
    public var scores: [MeanInterval?] { [base, novel, mean, harmonic] }
}

extension PseudoLabelQuality.Summary {
    /// The means of several; nil for none.
    init?(meanOf all: [PseudoLabelQuality.Summary]) {
        guard !all.isEmpty else { return nil }
        func mean(_ value: (PseudoLabelQuality.Summary) -> Double?) -> Double? { MeanInterval(all.compactMap(value))?.mean }
        self.init(
            iou: mean(\.iou), precision: mean(\.precision), recall: mean(\.recall), boundaryIoU: mean(\.boundaryIoU),
            labelled: mean(\.labelled))
    }
}
