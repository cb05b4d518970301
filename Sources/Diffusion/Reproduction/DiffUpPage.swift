internal import Datasets
internal import Foundation

/// The page of a reproduction.
struct DiffUpPage {
    let report: DiffUpReport
    let plan: DiffUpReproduction
    let pictures: [(title: String, image: RGBImage)]

    func html(_ manifest: RunManifest<DiffUpReproduction>) throws -> String {
        let seeds = plan.seeds.map(String.init).joined(separator: ", ")
        let folds = plan.folds.map(String.init).joined(separator: ", ")
        var sections = report.tables.map(section)
        sections += pictures.map { SectionPage.Section($0.title, [.picture($0.image, description: $0.title)]) }
        let facts = [
            ReportFact("dataset", plan.dataset.dataset), ReportFact("backbones", plan.titles.joined(separator: ", ")),
            ReportFact("training", "\(plan.settings.training.steps) steps of \(plan.settings.training.batchSize) for every row"),
            ReportFact("episodes", "\(plan.settings.episodes) for every score"),
        ]
        let origin = ReportOrigin(facts: facts, arguments: manifest.arguments, manifest: try TextFile.json(manifest))
        return try SectionPage(
            title: "DiffUp on \(plan.dataset.name)", subtitle: "folds \(folds), seeds \(seeds)", sections: sections,
            remarks: report.remarks, origin: origin
        ).html()
    }

    private func section(_ table: DiffUpReport.Table) -> SectionPage.Section {
        let bars = table.rows.filter { $0.score != nil }.map {
            SectionPage.Bar($0.title, share: $0.score?.mean, interval: $0.score?.interval, isHighlighted: $0.verdict == .holds)
        }
        return SectionPage.Section(
            table.name,
            [
                .text(table.about), .bars(bars),
                .table(titles: DiffUpReport.titles, rows: table.rows.map(\.cells)),
            ])
    }
}

extension DiffUpReport {
    /// The titles of ``Row/cells``.
    public static let titles = ["row", "paper", "ours", "FB-IoU", "difference", "from", "direction"]
}

extension DiffUpReport.Row {
    /// The row as texts, in percent.
    public var cells: [String] {
        [
            title, paper, weightsText ?? Self.text(score), pairScore.map { $0.mean.percent } ?? "",
            difference.map { Self.signed($0) } ?? "", comparedWith, verdict.rawValue,
        ]
    }

    /// "4.20 M"; nil where no weights are counted.
    public var weightsText: String? { weights.map { "\((Double($0) / 1e6).rounded(to: 2)) M" } }

    /// "41.2 (38.0 to 44.4)".
    private static func text(_ value: MeanInterval?) -> String {
        guard let value else { return "not measured" }
        return value.mean.percent + (value.interval.map { " (\($0.lower.percent) to \($0.upper.percent))" } ?? "")
    }

    private static func signed(_ value: MeanInterval) -> String {
        let range = value.interval.map { " (\($0.lower.signedPercent) to \($0.upper.signedPercent))" } ?? ""
        return value.mean.signedPercent + range
    }
}
