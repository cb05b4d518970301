public import Datasets
internal import Foundation

/// What a reproduction of DiffUp found: `results.json`.
public struct DiffUpReport: Codable, Sendable {
    /// A line of a table.
    public struct Row: Codable, Hashable, Sendable {
        /// What is measured.
        public var title: String
        /// What the paper says, in its words and percents; "-" where it says nothing.
        public var paper: String
        /// Ours over folds and seeds, 0...1, with a 95 % interval; nil where nothing was measured.
        public var score: MeanInterval?
        /// Foreground-background IoU, where the paper has it.
        public var pairScore: MeanInterval?
        /// Ours where it is a number of trained weights; nil elsewhere.
        public var weights: Int?
        /// Ours less what ``comparedWith`` names, fold by fold and seed by seed.
        public var difference: MeanInterval?
        /// What it is compared with; empty for nothing.
        public var comparedWith: String
        /// Whether the difference has the paper's direction.
        public var verdict: DirectionVerdict

        init(
            _ title: String, paper: String = "-", score: MeanInterval?, pairScore: MeanInterval? = nil,
            difference: MeanInterval? = nil, comparedWith: String = "", verdict: DirectionVerdict = .undecided
        ) {
            (self.title, self.paper, self.score, self.pairScore) = (title, paper, score, pairScore)
            (self.difference, self.comparedWith, self.verdict) = (difference, comparedWith, verdict)
        }
    }

    /// A table or a figure of the paper.
    public struct Table: Codable, Hashable, Sendable {
        /// "Table 6".
        public var name: String
        /// What it is about, and how it was measured here.
        public var about: String
        /// Its lines.
        public var rows: [Row]
    }

    /// The tables, then the figures.
    public var tables: [Table]
    /// What whoever reads the numbers should know.
    public var remarks: [String]
    private let plan: DiffUpReproduction
    /// The priors' IoU by backbone, for figure 6.
    public var histograms: [PriorHistogram]

    init(_ plan: DiffUpReproduction, results: [DiffUpResult], priors: [DiffUpPriors], errors: [DiffUpErrors]) {
        self.plan = plan
        let maker = DiffUpTables(plan: plan, scores: DiffUpScores(results), priors: priors, errors: errors)
        tables = maker.all.filter { !$0.rows.isEmpty }
        histograms = maker.histograms
        remarks =
            plan.cells.count < 2 ? ["a single run: there are no intervals, and no direction is decided beyond its sign"] : []
    }

    /// Writes the report.
    func write(
        to folder: RunFolder, manifest: RunManifest<DiffUpReproduction>, pictures: [(title: String, image: RGBImage)]
    ) throws {
        try TextFile.writeJSON(self, to: folder.file("results.json"))
        let fields = tables.flatMap { table in
            table.rows.map { row in
                [
                    table.name, row.title, row.paper, row.score.map { String($0.mean) } ?? row.weights.map { String($0) } ?? "",
                    row.difference.map { String($0.mean) } ?? "", row.comparedWith, row.verdict.rawValue,
                ]
            }
        }
        let header = ["table", "row", "paper", "ours", "difference", "compared with", "direction"]
        try TextFile.writeCSV(header: header, rows: fields, to: folder.file("results.csv"))
        for (number, picture) in pictures.enumerated() {
            try ImageFile.save(picture.image, to: folder.file("pictures/figure\([6, 7, 9][number % 3]).png"))
        }
        try TextFile.write(
            DiffUpPage(report: self, plan: plan, pictures: pictures).html(manifest), to: folder.file("report.html"))
    }
}
