internal import Datasets
internal import Diffusion
internal import Foundation

/// The page of a reproduction.
struct Syn4SegPage {
    let report: Syn4SegReport
    let plan: Syn4SegReproduction
    let pictures: [(title: String, image: RGBImage)]

    func html(_ manifest: RunManifest<Syn4SegReproduction>) throws -> String {
        let seeds = plan.seeds.map(String.init).joined(separator: ", ")
        let folds = plan.folds.map(String.init).joined(separator: ", ")
        var sections = groups.map { key, rows in section(key, rows) }
        sections += [labels, claims, sweeps, diversity]
        sections.append(
            SectionPage.Section(
                "Twelve images through all stages",
                pictures.map { .picture($0.image, description: $0.title + "; white has no label") }))
        let facts = [
            ReportFact("dataset", plan.dataset.dataset), ReportFact("convention", plan.convention.text),
            ReportFact("backbones", plan.backbones.map(\.title).joined(separator: ", ")),
        ]
        let origin = ReportOrigin(
            facts: facts, arguments: manifest.arguments, manifest: try TextFile.json(manifest))
        return try SectionPage(
            title: "Syn4Seg on \(plan.dataset.name)", subtitle: "\(plan.convention.id), folds \(folds), seeds \(seeds)",
            sections: sections, remarks: report.remarks, origin: origin
        ).html()
    }

    private var groups: [(String, [Syn4SegReport.Row])] {
        var order: [String] = []
        var found: [String: [Syn4SegReport.Row]] = [:]
        for row in report.rows {
            let key = "\(row.backbone), \(row.shots)-shot"
            if found[key] == nil { order.append(key) }
            found[key, default: []].append(row)
        }
        return order.map { ($0, found[$0, default: []]) }
    }

    private func section(_ title: String, _ rows: [Syn4SegReport.Row]) -> SectionPage.Section {
        let bars = rows.map { row in
            SectionPage.Bar(
                row.title, share: row.harmonic?.mean, interval: row.harmonic?.interval, isHighlighted: row.variant == "refined")
        }
        let cells = rows.map { row in [row.title] + row.scores.map(Self.text) }
        return SectionPage.Section(
            title,
            [
                .text("Harmonic mean of base and novel mIoU in %, with 95 % intervals over folds and seeds."), .bars(bars),
                .table(titles: ["row"] + Syn4SegReport.titles, rows: cells),
            ])
    }

    private var labels: SectionPage.Section {
        let rows = report.rows.compactMap { row in
            row.labels.map { ["\(row.title), \(row.backbone), \(row.shots)-shot"] + $0.all.map(\.percent) }
        }
        let titles = ["labels"] + PseudoLabelQuality.Summary.titles
        return SectionPage.Section("Pseudo labels in %", rows.isEmpty ? [] : [.table(titles: titles, rows: rows)])
    }

    private var claims: SectionPage.Section {
        let rows = report.claims.map { item in
            [item.claim, item.measure, item.difference.map { Self.text($0) } ?? "-", item.verdict.rawValue]
        }
        return SectionPage.Section(
            "The paper's claims", [.table(titles: ["claim", "measure", "difference in points", "verdict"], rows: rows)])
    }

    private var sweeps: SectionPage.Section {
        let rows = report.sweeps.map { point in
            [
                "\(point.parameter.rawValue) \(point.value)", (point.quality?.iou).percent,
                (point.quality?.precision).percent, (point.quality?.recall).percent,
                (point.quality?.boundaryIoU).percent, (point.scores?.harmonic).percent,
            ]
        }
        let titles = ["value", "IoU of labels", "precision", "recall", "boundary IoU", "harmonic"]
        return SectionPage.Section("Sweeps, in %", rows.isEmpty ? [] : [.table(titles: titles, rows: rows)])
    }

    private var diversity: SectionPage.Section {
        let rows = report.diversity.map { item in
            [item.images.rawValue] + [item.prompts, item.coverage, item.nearestImage].map { $0.map { $0.rounded(to: 3) } ?? "-" }
        }
        let titles = ["images from", "nearest prompt", "coverage of held-out prompts", "nearest image"]
        let explanation =
            "Mean cosines with the nearest neighbour: lower is more diverse. Images are compared by their mean feature in the network of "
            + "base classes."
        return SectionPage.Section("Diversity", rows.isEmpty ? [] : [.table(titles: titles, rows: rows), .text(explanation)])
    }

    /// "41.2 (38.0 to 44.4)".
    private static func text(_ value: MeanInterval?) -> String {
        guard let value else { return "-" }
        let range = value.interval.map { " (\($0.lower.percent) to \($0.upper.percent))" } ?? ""
        return value.mean.percent + range
    }
}

extension BackboneChoice {
    /// What tables call it.
    var title: String { name ?? URL(fileURLWithPath: weights).deletingPathExtension().lastPathComponent }
}
