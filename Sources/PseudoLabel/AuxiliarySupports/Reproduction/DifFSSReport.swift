public import Datasets
internal import Foundation

/// What a reproduction of DifFSS found: `results.json`.
public struct DifFSSReport: Codable, Sendable {
    /// A score beside the model alone, over folds and seeds.
    public struct Row: Codable, Hashable, Sendable {
        /// The wrapped model.
        public var model: String
        /// What it was shown.
        public var shown: String
        /// The score, 0...1, with a 95 % interval.
        public var score: MeanInterval?
        /// The score less that of the model alone, cell by cell.
        public var gain: MeanInterval?
    }

    /// What the paper says, and what was found.
    public struct Claim: Codable, Hashable, Sendable {
        /// The paper's words, in short; "ours" before what it does not say.
        public var claim: String
        /// What was compared.
        public var measure: String
        /// The difference over cells; nil where nothing was measured.
        public var difference: MeanInterval?
        /// Whether it was found, too.
        public var verdict: DirectionVerdict
    }

    /// How well scores of pictures tell which drifted.
    public struct Consistency: Codable, Hashable, Sendable {
        /// The model whose masks are compared.
        public var model: String
        /// The correlation of the score with the IoU of the shared mask with the true one, over the pictures of a cell.
        public var similarity: MeanInterval?
        /// As ``similarity``, of the contrast.
        public var contrast: MeanInterval?
        /// As ``similarity``, of the overlap of the model's mask.
        public var overlap: MeanInterval?
        /// The IoU of the shared mask with the true one.
        public var shared: MeanInterval?
        /// The IoU of the model's own mask with the true one.
        public var estimated: MeanInterval?
    }

    /// Models alone and with auxiliary supports.
    public var gains: [Row]
    /// What drift costs and what is done against it.
    public var drift: [Row]
    /// How well scores tell drift.
    public var consistency: [Consistency]
    /// The claims.
    public var claims: [Claim]
    /// What made the pictures.
    public var generator: String
    /// What whoever reads the numbers should know.
    public var remarks: [String]
    private let plan: DifFSSReproduction

    init(_ plan: DifFSSReproduction, results: [DifFSSResult], drifts: [DifFSSDrift], generator: String) {
        (self.plan, self.generator) = (plan, generator)
        let table = DifFSSTable(plan, results)
        gains = table.gains
        drift = table.drift
        claims = table.claims
        consistency = plan.models.compactMap { model in Consistency(drifts.filter { $0.model == model }, model) }
        remarks = [
            "The paper's text at hand is its abstract and three scores without their baselines, so that directions are judged, not sizes: FSS-1000 88.4, PASCAL-5i fold 0 71.3, MiniCOCO-20i fold 0 42.8 mIoU."
        ]
        if plan.cells.count < 2 {
            remarks.append("a single run: there are no intervals, and no claim is decided beyond its sign")
        }
    }

    /// Writes the report.
    func write(
        to folder: RunFolder, manifest: RunManifest<DifFSSReproduction>, pictures: [(title: String, image: RGBImage)]
    ) throws {
        try TextFile.writeJSON(self, to: folder.file("results.json"))
        let header = ["table", "model", "shown", "runs", "mIoU", "gain", "gain low", "gain high"]
        let fields = [("gains", gains), ("drift", drift)].flatMap { name, rows in
            rows.map { row in
                let range = row.gain?.interval
                let values = [row.score?.mean, row.gain?.mean, range?.lower, range?.upper].map { $0.map { String($0) } ?? "" }
                return [name, row.model, row.shown, "\(row.score?.count ?? 0)"] + values
            }
        }
        try TextFile.writeCSV(header: header, rows: fields, to: folder.file("results.csv"))
        for (number, picture) in pictures.enumerated() {
            try ImageFile.save(picture.image, to: folder.file("pictures/supports\(number + 1).png"))
        }
        try TextFile.write(
            DifFSSPage(report: self, plan: plan, pictures: pictures).html(manifest), to: folder.file("report.html"))
    }
}

extension DifFSSReport.Consistency {
    /// nil for no pictures.
    fileprivate init?(_ records: [DifFSSDrift], _ model: String) {
        guard records.contains(where: { !$0.shared.isEmpty }) else { return nil }
        func correlation(_ values: KeyPath<DifFSSDrift, [Double]>) -> MeanInterval? {
            MeanInterval(records.compactMap { Correlation.pearson($0[keyPath: values], $0.shared) })
        }
        func mean(_ values: KeyPath<DifFSSDrift, [Double]>) -> MeanInterval? {
            MeanInterval(records.compactMap { MeanInterval($0[keyPath: values])?.mean })
        }
        self.init(
            model: model, similarity: correlation(\.similarity), contrast: correlation(\.contrast),
            overlap: correlation(\.overlap),
            shared: mean(\.shared), estimated: mean(\.estimated))
    }
}

/// Pearson's correlation.
enum Correlation {
    /// Of pairs; nil where one of both never varies.
    static func pearson(_ first: [Double], _ second: [Double]) -> Double? {
        guard first.count == second.count, first.count > 1 else { return nil }
        let count = Double(first.count)
        let (mean, other) = (first.reduce(0, +) / count, second.reduce(0, +) / count)
        var (both, own, its) = (0.0, 0.0, 0.0)
        for (x, y) in zip(first, second) {
            both += (x - mean) * (y - other)
            own += (x - mean) * (x - mean)
            its += (y - other) * (y - other)
        }
        return own > 0 && its > 0 ? both / (own * its).squareRoot() : nil
    }
}
