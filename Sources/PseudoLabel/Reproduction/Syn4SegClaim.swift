public import Datasets

/// What the paper says, and what was found.
public struct Syn4SegClaim: Codable, Hashable, Sendable {
    /// The paper's words, in short.
    public var claim: String
    /// What was compared.
    public var measure: String
    /// The difference, cell by cell, in shares of 0...1; nil where nothing was measured.
    public var difference: MeanInterval?
    /// Whether it was found, too.
    public var verdict: DirectionVerdict

    /// A claim that a difference is positive.
    init(_ claim: String, measure: String, differences: [Double]) {
        (self.claim, self.measure) = (claim, measure)
        difference = MeanInterval(differences)
        verdict = DirectionVerdict(difference, sign: 1)
    }

    /// A claim about a sweep.
    init(_ claim: String, measure: String, holds: Bool?) {
        (self.claim, self.measure, difference) = (claim, measure, nil)
        verdict = holds.map { $0 ? .holds : .fails } ?? .undecided
    }

    /// The claims of the paper's abstract and experiments.
    static func all(_ plan: Syn4SegReproduction, _ table: Syn4SegTable, _ points: [Syn4SegSweepPoint]) -> [Syn4SegClaim] {
        let plain = plan.ignoresPrompts ? "given images" : "HDIG"
        var claims = plan.shots.map { shots in
            Syn4SegClaim(
                "Synthetic data improve GFSS, \(shots)-shot", measure: "harmonic, + SABR less + support",
                differences: table.differences("refined", "supports", shots: shots))
        }
        if !plan.ignoresPrompts {
            claims.append(
                Syn4SegClaim(
                    "Diverse prompts beat class names", measure: "harmonic, + HDIG less class-name prompts",
                    differences: table.differences("initial", "class-names")))
        }
        claims += [
            Syn4SegClaim(
                "APE improves on the network's labels", measure: "harmonic, + APR less + \(plain)",
                differences: table.differences("relabelled", "initial")),
            Syn4SegClaim(
                "Filtering makes labels more precise", measure: "precision of labels, + APF less + \(plain)",
                differences: table.labelDifferences("filtered", "initial", \.precision)),
            Syn4SegClaim(
                "SABR improves results", measure: "harmonic, + SABR less + APR",
                differences: table.differences("refined", "relabelled")),
            Syn4SegClaim(
                "SABR makes outlines better", measure: "boundary IoU of labels, + SABR less + APR",
                differences: table.labelDifferences("refined", "relabelled", \.boundaryIoU)),
            moderate(.beta, "Moderate blending is best", points), moderate(.lambda, "Moderate thresholds are best", points),
            robust(points),
        ]
        if plan.backbones.count > 1 {
            claims.append(
                Syn4SegClaim(
                    "A deeper backbone gains", measure: "harmonic after SABR, \(plan.backbones[1].title) less the first backbone",
                    differences: table.backboneDifferences("refined")))
        }
        return claims
    }

    /// What a sweep is judged by: the harmonic mean where networks were trained, else the IoU of labels.
    private static func values(
        _ parameter: Syn4SegParameter, _ points: [Syn4SegSweepPoint]
    ) -> (values: [(value: Float, score: Double)], measure: String) {
        let own = points.filter { $0.parameter == parameter }.sorted { $0.value < $1.value }
        let isTrained = !own.isEmpty && own.allSatisfy { $0.scores?.harmonic != nil }
        let pairs = own.compactMap { point in
            (isTrained ? point.scores?.harmonic : point.quality?.iou).map { (value: point.value, score: $0) }
        }
        return (pairs, isTrained ? "harmonic" : "IoU of refined labels")
    }

    private static func moderate(
        _ parameter: Syn4SegParameter, _ claim: String, _ points: [Syn4SegSweepPoint]
    ) -> Syn4SegClaim {
        let (values, measure) = values(parameter, points)
        guard values.count > 2, let best = values.max(by: { $0.score < $1.score }) else {
            return Syn4SegClaim(claim, measure: measure, holds: nil)
        }
        let isInner = best.value > values[0].value && best.value < values[values.count - 1].value
        return Syn4SegClaim(
            claim, measure: "\(measure), best \(parameter.rawValue) \(best.value) of \(values.map(\.value))", holds: isInner)
    }

    /// Robust: the band moves the score less than one point.
    private static func robust(_ points: [Syn4SegSweepPoint]) -> Syn4SegClaim {
        let (values, measure) = values(.band, points)
        let claim = "Results hardly depend on the boundary's parameters"
        guard values.count > 1, let low = values.map(\.score).min(), let high = values.map(\.score).max() else {
            return Syn4SegClaim(claim, measure: measure, holds: nil)
        }
        let spread = (high - low).percent
        return Syn4SegClaim(
            claim, measure: "\(measure), bands \(values.map(\.value)) spread \(spread) points", holds: high - low < 0.01)
    }
}

/// Results by cell and row, for differences within a cell.
struct Syn4SegTable {
    private let results: [Syn4SegResult]

    init(_ results: [Syn4SegResult]) { self.results = results }

    /// Harmonic means of one row less those of another, in the same cells of the first backbone.
    func differences(_ row: String, _ other: String, shots: Int? = nil) -> [Double] {
        pairs(row, other, shots: shots).compactMap { first, second in
            guard let own = first.scores.harmonic, let theirs = second.scores.harmonic else { return nil }
            return own - theirs
        }
    }

    /// The same of the labels' quality.
    func labelDifferences(
        _ row: String, _ other: String, _ value: (PseudoLabelQuality.Summary) -> Double?
    ) -> [Double] {
        pairs(row, other, shots: nil).compactMap { first, second in
            guard let own = first.quality.flatMap(value), let theirs = second.quality.flatMap(value) else { return nil }
            return own - theirs
        }
    }

    /// Harmonic means of a row with the second backbone less those with the first.
    func backboneDifferences(_ row: String) -> [Double] {
        let own = results.filter { $0.variant == row }
        return own.filter { $0.cell.backbone == 1 }.compactMap { deep in
            var cell = deep.cell
            cell.backbone = 0
            guard let shallow = own.first(where: { $0.cell == cell }), let high = deep.scores.harmonic,
                let low = shallow.scores.harmonic
            else { return nil }
            return high - low
        }
    }

    private func pairs(_ row: String, _ other: String, shots: Int?) -> [(Syn4SegResult, Syn4SegResult)] {
        results.filter { result in
            result.variant == row && result.cell.backbone == 0 && shots.map { $0 == result.cell.shots } ?? true
        }.compactMap { result in
            results.first { $0.variant == other && $0.cell == result.cell }.map { (result, $0) }
        }
    }
}
