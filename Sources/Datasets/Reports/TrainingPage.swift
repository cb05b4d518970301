public import Foundation

/// What a training's logs say, step by step.
public struct TrainingCurves: Sendable, Equatable {
    /// The loss.
    public var loss: Curve
    /// The learning rate.
    public var learningRate: Curve
    /// The mean IoU on classes that were kept aside; without points where none were.
    public var heldOut: Curve

    /// Curves.
    public init(loss: Curve, learningRate: Curve, heldOut: Curve) {
        self.loss = loss
        self.learningRate = learningRate
        self.heldOut = heldOut
    }

    /// Reads `metrics.csv` and, where it is there, `evaluation.csv` of a run folder.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be read.
    public init(contentsOf folder: URL) throws(DatasetError) {
        let steps = try Self.columns(folder.appendingPathComponent("metrics.csv"))
        loss = Curve(name: "loss", points: steps["loss"] ?? [])
        learningRate = Curve(name: "learning rate", points: steps["learning_rate"] ?? [])
        let evaluation = folder.appendingPathComponent("evaluation.csv")
        let scores = FileBytes.exists(evaluation) ? try Self.columns(evaluation) : [:]
        heldOut = Curve(name: "mIoU on held-out classes", points: scores["miou"] ?? [])
    }

    /// The columns of a log by name; a row that is cut short, as a kill leaves it, is left out.
    private static func columns(_ file: URL) throws(DatasetError) -> [String: [Curve.Point]] {
        let text = try TextFile.read(file, expected: "the log of a training")
        let rows = try CSVText.rows(text, separator: ",", file: file.path)
        guard let names = rows.first?.fields else { return [:] }
        var columns: [String: [Curve.Point]] = [:]
        for row in rows.dropFirst() where row.fields.count == names.count {
            guard let step = Int(row.fields[0]) else { continue }
            for (name, field) in zip(names, row.fields).dropFirst() {
                guard let value = Double(field) else { continue }
                columns[name, default: []].append(Curve.Point(step: step, value: value))
            }
        }
        return columns
    }
}

/// The report of a training as one page, `report.html`.
public struct TrainingPage: Sendable {
    /// What was trained.
    public var title: String
    /// How, in a line.
    public var subtitle: String
    /// The logs.
    public var curves: TrainingCurves
    /// What whoever reads the numbers should know.
    public var remarks: [String]
    /// How to get the same again.
    public var origin: ReportOrigin

    /// A page.
    public init(
        title: String, subtitle: String = "", curves: TrainingCurves, remarks: [String] = [], origin: ReportOrigin
    ) {
        self.title = title
        self.subtitle = subtitle
        self.curves = curves
        self.remarks = remarks
        self.origin = origin
    }

    /// The text of the page; the same values give the same text.
    public func html() -> String {
        var body = [PageParts.head(title, subtitle)] + headline + PageParts.remarks(remarks)
        body += section("Loss", CurvePicture(curve: curves.loss))
        body += section("Score on held-out classes, mIoU in %", CurvePicture(curve: curves.heldOut) { PageParts.percent($0) })
        body += section("Learning rate", CurvePicture(curve: curves.learningRate))
        return HTML.page(title: title, style: PageStyle.sheet, body + PageParts.origin(origin))
    }

    private func section(_ title: String, _ picture: CurvePicture) -> [HTML] {
        let chart = picture.html
        return chart.isEmpty ? [] : [PageParts.section(title, chart)]
    }

    /// The best score, or without scores the last tenth's mean loss.
    private var headline: [HTML] {
        guard let last = curves.loss.points.last, let end = curves.loss.buckets(10).last?.mean else { return [] }
        let best = curves.heldOut.points.max { ($0.value, $1.step) < ($1.value, $0.step) }
        let (number, unit, words) =
            best.map {
                (
                    PageParts.percent($0.value), "% mIoU",
                    "best on held-out classes, at step \($0.step); trained classes are not in it"
                )
            } ?? (ShortNumber.text(end), "loss", "mean of the last tenth of the steps")
        let facts = [
            ReportFact("steps", String(last.step)), ReportFact("loss of the last tenth", ShortNumber.text(end)),
            ReportFact("loss of the first step", curves.loss.points.first.map { ShortNumber.text($0.value) } ?? "-"),
        ]
        let list = facts.flatMap { [HTML.tag("dt", text: $0.label), .tag("dd", text: $0.value)] }
        let left = HTML.tag(
            "div", [:], .tag("div", ["class": "big"], HTML(number), .tag("span", text: unit)),
            .tag("p", ["class": "soft"], text: words))
        return [.tag("section", ["class": "headline"], left, .tag("div", ["class": "rows"], .tag("dl", [:], list)))]
    }
}
