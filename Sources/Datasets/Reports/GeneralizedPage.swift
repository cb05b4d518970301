/// The report of generalized few-shot segmentation as one page, `report.html`.
public struct GeneralizedPage: Sendable {
    /// The scores.
    public var report: GeneralizedReport
    /// How to get the same again.
    public var origin: ReportOrigin

    /// A page.
    public init(report: GeneralizedReport, origin: ReportOrigin) {
        self.report = report
        self.origin = origin
    }

    /// The text of the page; the same values give the same text.
    public func html() -> String {
        let settings = report.settings
        let title = "\(settings.dataset.name), \(settings.convention.id), \(settings.shots)-shot"
        let folds = settings.folds.map(String.init).joined(separator: ", ")
        let seeds = settings.seeds.map(String.init).joined(separator: ", ")
        var body = [PageParts.head(title, "Base and novel classes at once; folds \(folds), seeds \(seeds)"), headline]
        body += PageParts.remarks(report.remarks)
        body += [means, runs, classes].compactMap { $0 } + problems + [NumbersDiffer.part]
        return HTML.page(title: title, style: PageStyle.sheet, body + PageParts.origin(origin))
    }

    private var convention: GFSSConvention { report.settings.convention }

    private var headline: HTML {
        let own = convention.baseIncludesBackground ? report.withBackground : report.withoutBackground
        let rule = convention.baseIncludesBackground ? "with background" : "without background"
        let rows = zip(GeneralizedScores.titles, own.ofMeans.all).map { name, value in
            let bar = BarPicture(
                bars: [.init(share: value, place: name == GeneralizedScores.novelTitle ? 0 : 1)],
                description: "\(name): \(PageParts.percent(value)) %")
            return HTML.tag(
                "div", ["class": "row"], .tag("span", text: name),
                .tag("span", ["class": "value"], text: PageParts.percent(value)), bar.html)
        }
        let left = HTML.tag(
            "div", [:], .tag("h2", text: convention.headline),
            .tag("div", ["class": "big"], HTML(PageParts.percent(report.headline)), .tag("span", text: "% mIoU")),
            .tag("p", ["class": "soft"], text: "Beside: the means of \(convention.id), base \(rule)"))
        return .tag("section", ["class": "headline"], left, .tag("div", ["class": "rows"], rows))
    }

    /// Both rules, both orders of averaging.
    private var means: HTML {
        let titles = ["base classes"] + GeneralizedScores.titles + ["mean of harmonics"]
        let rows = [("with background", report.withBackground), ("without background", report.withoutBackground)].map {
            [$0] + ($1.ofMeans.all + [$1.meanOfHarmonics]).map { PageParts.percent($0) }
        }
        let legend =
            "mIoU in %, averaged over folds and seeds. The harmonic mean is that of the averages; beside it the average of each run's own."
        return PageParts.section("Means", [PageParts.table(titles, rows), .tag("p", [:], .tag("small", text: legend))])
    }

    private var runs: HTML? {
        guard report.runs.count > 1 else { return nil }
        let rows = report.runs.map { run in
            let scores = convention.baseIncludesBackground ? run.withBackground : run.withoutBackground
            return ["fold \(run.fold), seed \(run.seed)", "\(run.scored)"] + scores.all.map { PageParts.percent($0) }
        }
        return PageParts.section("Runs", [PageParts.table(["run", "images"] + GeneralizedScores.titles, rows)])
    }

    /// The bars of the first seed of every fold.
    private var classes: HTML {
        let folds = report.runs.map(\.fold).uniqued
        let parts = folds.flatMap { fold -> [HTML] in
            guard let run = report.runs.first(where: { $0.fold == fold }) else { return [] }
            let title = report.runs.count > 1 ? [HTML.tag("h3", text: "Fold \(fold), seed \(run.seed)")] : []
            let order = run.classes.filter { !$0.isNovel } + run.classes.filter(\.isNovel)
            return title + [.tag("div", ["class": "rows"], order.map(row))]
        }
        let legend = [("m1", "base"), ("m0", "novel")].map {
            HTML.tag("li", ["class": $0], .tag("i"), .tag("span", text: $1))
        }
        return PageParts.section("Class by class", [.tag("ul", ["class": "legend"], legend)] + parts)
    }

    private func row(_ item: GeneralizedRun.ClassScore) -> HTML {
        let kind = item.isNovel ? "novel" : "base"
        let bar = BarPicture(
            bars: [.init(share: item.iou, place: item.isNovel ? 0 : 1)],
            description: "\(item.name), \(kind): \(PageParts.percent(item.iou)) % IoU")
        return .tag(
            "div", ["class": "row class"], .tag("span", [:], .name(item.name), HTML(" "), .tag("small", text: kind)),
            .tag("span", ["class": "value"], text: PageParts.percent(item.iou)), bar.html)
    }

    private var problems: [HTML] {
        if report.problems.isEmpty { return [] }
        let shown = report.problems.prefix(50).map { HTML.tag("li", [:], .name($0)) }
        let rest = report.problems.count - shown.count
        let more = rest > 0 ? [HTML.tag("p", text: "and \(rest) more in \(GeneralizedReport.problemsName)")] : []
        return [PageParts.section("Not scored", [.tag("ul", ["class": "remarks"], shown)] + more)]
    }
}
