internal import Datasets
internal import Diffusion
internal import Foundation

/// The page of a reproduction.
struct DifFSSPage {
    let report: DifFSSReport
    let plan: DifFSSReproduction
    let pictures: [(title: String, image: RGBImage)]

    func html(_ manifest: RunManifest<DifFSSReproduction>) throws -> String {
        let seeds = plan.seeds.map(String.init).joined(separator: ", ")
        let folds = plan.folds.map(String.init).joined(separator: ", ")
        let facts = [
            ReportFact("dataset", plan.dataset.dataset), ReportFact("generator", report.generator),
            ReportFact("models", plan.models.joined(separator: ", ")),
            ReportFact("episodes", "\(plan.settings.episodes) a fold and seed"),
        ]
        let origin = ReportOrigin(facts: facts, arguments: manifest.arguments, manifest: try TextFile.json(manifest))
        return try SectionPage(
            title: "DifFSS on \(plan.dataset.name)", subtitle: "folds \(folds), seeds \(seeds)",
            sections: [
                section("Models with auxiliary supports, mIoU in %", report.gains), claims,
                section(
                    "Generation that drifts by \(plan.settings.drift.amount), and what is done against it, mIoU in %",
                    report.drift),
                consistency, sheets,
            ], remarks: report.remarks, origin: origin
        ).html()
    }

    private func section(_ title: String, _ rows: [DifFSSReport.Row]) -> SectionPage.Section {
        let cells = rows.map { row in
            [row.model, row.shown, Self.text(row.score), row.gain.map { Self.signed($0) } ?? "-"]
        }
        let titles = ["model", "shown", "mIoU", "gain in points"]
        return SectionPage.Section(title, cells.isEmpty ? [] : [.table(titles: titles, rows: cells)])
    }

    private var claims: SectionPage.Section {
        let rows = report.claims.map { item in
            [item.claim, item.measure, item.difference.map { Self.signed($0) } ?? "-", item.verdict.rawValue]
        }
        return SectionPage.Section(
            "The paper's claims", [.table(titles: ["claim", "measure", "difference in points", "verdict"], rows: rows)])
    }

    private var consistency: SectionPage.Section {
        let rows = report.consistency.map { item in
            [item.model] + [item.similarity, item.contrast, item.overlap].map { $0.map { $0.mean.rounded(to: 2) } ?? "-" }
                + [Self.text(item.shared), Self.text(item.estimated)]
        }
        let titles = [
            "model", "features inside", "inside less outside", "its own mask", "IoU of shared masks", "IoU of its own masks",
        ]
        let explanation =
            "Correlations of a score with the IoU of the shared mask and where the thing really is, over pictures of the painter that drifts; then what these IoUs are, in %."
        return SectionPage.Section(
            "How well scores tell drift", rows.isEmpty ? [] : [.table(titles: titles, rows: rows), .text(explanation)])
    }

    private var sheets: SectionPage.Section {
        SectionPage.Section(
            "Twelve supports with what was made of them", pictures.map { .picture($0.image, description: $0.title) })
    }

    /// "41.2 (38.0 to 44.4)".
    private static func text(_ value: MeanInterval?) -> String {
        guard let value else { return "-" }
        let range = value.interval.map { " (\($0.lower.percent) to \($0.upper.percent))" } ?? ""
        return value.mean.percent + range
    }

    /// "+1.2 (0.4 to 2.0)".
    private static func signed(_ value: MeanInterval) -> String {
        let range = value.interval.map { " (\($0.lower.percent) to \($0.upper.percent))" } ?? ""
        return value.mean.signedPercent + range
    }
}
