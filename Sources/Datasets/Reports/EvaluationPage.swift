/// The report of an evaluation as one page, `report.html`: it needs no other file, no network and no script.
public struct EvaluationPage: Sendable {
    /// What was evaluated, in a few words.
    public var title: String
    /// How, in a line.
    public var subtitle: String
    /// The scores. Intervals over folds need the counts of their episodes.
    public var cells: [EvaluationCell]
    /// Pictures of episodes.
    public var galleries: [EpisodeGallery]
    /// What whoever reads the numbers should know.
    public var remarks: [String]
    /// How to get the same again.
    public var origin: ReportOrigin

    /// The bytes that all pictures of a page have at most.
    static let pictureLimit = 6_000_000

    /// A page.
    public init(
        title: String, subtitle: String = "", cells: [EvaluationCell], galleries: [EpisodeGallery] = [], remarks: [String] = [],
        origin: ReportOrigin
    ) {
        self.title = title
        self.subtitle = subtitle
        self.cells = cells
        self.galleries = galleries
        self.remarks = remarks
        self.origin = origin
    }

    /// The text of the page; the same values give the same text.
    public func html() -> String {
        let headline = EvaluationHeadline(cells)
        var body = [PageParts.head(title, subtitle)]
        if let headline { body.append(HeadlinePart(headline: headline).html) }
        body += PageParts.remarks(remarks)
        let matrix = StitchingMatrix(cells)
        if matrix.rows.count > 1 || headline == nil { body.append(MatrixPart(matrix: matrix).html) }
        if let further = FurtherScores(matrix) { body.append(FurtherPart(scores: further).html) }
        if let headline { body += ClassPart(cells: cells, headline: headline).html }
        body += GalleryPart(galleries: galleries, limit: Self.pictureLimit).html
        body.append(NumbersDiffer.part)
        body += PageParts.origin(origin)
        return HTML.page(title: title, style: PageStyle.sheet, body)
    }
}

/// The one number with its interval, and the other methods beside it.
private struct HeadlinePart {
    let headline: EvaluationHeadline

    var html: HTML {
        let folds = headline.folds.map(String.init).joined(separator: ", ")
        let over = headline.folds.count > 1 ? "mean of folds \(folds)" : "fold \(folds)"
        let entry = headline.entry
        var lines: [HTML] = [
            .tag("h2", [:], .name(entry.method), HTML(" behind "), .name(headline.backbone), HTML(", \(over)")),
            .tag("div", ["class": "big"], HTML(PageParts.percent(entry.score.meanIoU)), .tag("span", text: "% mIoU")),
        ]
        if let interval = entry.interval {
            lines.append(.tag("p", text: "95 % interval \(PageParts.range(interval))"))
        }
        lines.append(
            .tag("p", ["class": "soft"], text: "FB-IoU \(PageParts.percent(entry.score.foregroundBackgroundIoU)) %\(boundary)"))
        if let difference { lines.append(difference) }
        let rows = ([entry] + headline.others).enumerated().map { row($0.element, $0.offset) }
        return .tag(
            "section", ["class": "headline"], .tag("div", [:], lines), .tag("div", ["class": "rows"], rows))
    }

    private var boundary: String {
        headline.entry.score.boundaryIoU.map { ", boundary IoU \(PageParts.percent($0)) %" } ?? ""
    }

    private var difference: HTML? {
        guard let difference = headline.difference, let other = headline.others.first else { return nil }
        let interval = headline.differenceInterval.map {
            " (\($0.lower.signedPercent) to \($0.upper.signedPercent), same episodes)"
        }
        return .tag(
            "p", [:], .tag("b", text: difference.signedPercent), HTML(" points against "), .name(other.method),
            HTML(interval ?? ""))
    }

    private func row(_ entry: EvaluationHeadline.Entry, _ place: Int) -> HTML {
        let text = PageParts.percent(entry.score.meanIoU)
        let picture = BarPicture(
            bars: [.init(share: entry.score.meanIoU, interval: entry.interval, place: place)],
            description: "\(entry.method): \(text) %")
        return .tag(
            "div", ["class": "row"], .tag("span", [:], .name(entry.method)), .tag("span", ["class": "value"], text: text),
            picture.html)
    }
}

/// Backbones and folds in rows, methods in columns.
private struct MatrixPart {
    let matrix: StitchingMatrix

    var html: HTML {
        let titles = matrix.methods + ["difference"]
        let head = HTML.tag(
            "tr", [:], [.tag("th", text: "backbone")] + titles.map { .tag("th", ["scope": "col"], .name($0)) })
        let rows = matrix.rows.map { row in
            let fold = row.fold == "mean" ? "mean of folds" : "fold \(row.fold)"
            let name = HTML.tag(
                "td", [:], .tag("span", [:], .name(row.backbone), .tag("span", ["class": "fold"], text: ", \(fold)")))
            let scores = matrix.methods.map { cell($0, row.scores[$0]?.text ?? "-") }
            let difference = cell("difference", row.difference?.signedPercent ?? "-")
            return HTML.tag("tr", row.fold == "mean" ? ["class": "mean"] : [:], [name] + scores + [difference])
        }
        let legend = HTML.tag(
            "p", [:],
            .tag("small", text: "mIoU (FB-IoU) in %; the difference is that of the trained model to the best of the others."))
        return PageParts.section(
            "Backbones and methods", [.tag("table", [:], .tag("thead", [:], head), .tag("tbody", [:], rows)), legend])
    }

    private func cell(_ label: String, _ text: String) -> HTML {
        .tag("td", ["data-label": label], .tag("span", text: text))
    }
}

/// Boundary IoU and absence, method by method.
private struct FurtherPart {
    let scores: FurtherScores

    var html: HTML {
        let legend = HTML.tag("p", [:], .tag("small", text: scores.legend))
        return PageParts.section(scores.title, [PageParts.table(scores.titles, scores.rows), legend])
    }
}

/// The bars of all classes with the best backbone.
private struct ClassPart {
    let cells: [EvaluationCell]
    let headline: EvaluationHeadline

    var html: [HTML] {
        let own = cells.filter { $0.backbone == headline.backbone }
        let methods = ([headline.entry] + headline.others).map(\.method)
        let table = ClassTable(own)
        let columns = methods.compactMap { table.titles.firstIndex(of: $0) }
        let folds = table.rows.map(\.fold).uniqued
        let legend = methods.enumerated().map { index, method in
            HTML.tag("li", ["class": "m\(min(index, 3))"], .tag("i"), .tag("span", [:], .name(method)))
        }
        let parts = folds.flatMap { fold -> [HTML] in
            let title = folds.count > 1 ? [HTML.tag("h3", text: "Fold \(fold)")] : []
            return title + [
                .tag("div", ["class": "rows"], table.rows.filter { $0.fold == fold }.map { row($0, columns, methods) })
            ]
        }
        return [PageParts.section("Class by class", [.tag("ul", ["class": "legend"], legend)] + parts)]
    }

    private func row(_ row: ClassTable.Row, _ columns: [Int], _ methods: [String]) -> HTML {
        let scores = columns.map { row.scores[$0] }
        let texts = zip(methods, scores).map { "\($0) \(PageParts.percent($1))" }
        let bars = scores.enumerated().map { BarPicture.Bar(share: $0.element, place: $0.offset) }
        let count = row.episodes == 1 ? "1 episode" : "\(row.episodes) episodes"
        let picture = BarPicture(bars: bars, description: "\(row.name): \(texts.joined(separator: ", ")) % IoU")
        return .tag(
            "div", ["class": "row class"], .tag("span", [:], .name(row.name), HTML(" "), .tag("small", text: count)),
            .tag("span", ["class": "value"], text: PageParts.percent(scores.first ?? nil)), picture.html)
    }
}
