internal import Datasets

/// Rows and claims from scores.
struct DifFSSTable {
    private let plan: DifFSSReproduction
    private let scores: [DifFSSCell: [DifFSSMeasure: Double]]

    init(_ plan: DifFSSReproduction, _ results: [DifFSSResult]) {
        self.plan = plan
        scores = Dictionary(grouping: results, by: \.cell).mapValues { own in
            Dictionary(own.map { ($0.measure, $0.meanIoU) }) { _, last in last }
        }
    }

    /// A measure less another, cell by cell.
    private func differences(_ measure: DifFSSMeasure, _ other: DifFSSMeasure) -> [Double] {
        plan.cells.compactMap { cell in
            guard let value = scores[cell]?[measure], let base = scores[cell]?[other] else { return nil }
            return value - base
        }
    }

    private func row(_ measure: DifFSSMeasure, _ shown: String, less base: DifFSSMeasure) -> DifFSSReport.Row? {
        let values = plan.cells.compactMap { scores[$0]?[measure] }
        guard !values.isEmpty else { return nil }
        let gain = measure == base ? nil : MeanInterval(differences(measure, base))
        return DifFSSReport.Row(model: measure.model, shown: shown, score: MeanInterval(values), gain: gain)
    }

    var gains: [DifFSSReport.Row] {
        plan.measures.filter { $0.remedy == nil }.compactMap { measure in
            let shown =
                measure.control.map { "1 + \(measure.count) by \($0.rawValue)" }
                ?? (measure.shots == 1 ? "1 support" : "\(measure.shots) real supports")
            return row(measure, shown, less: DifFSSMeasure(measure.model))
        }
    }

    var drift: [DifFSSReport.Row] {
        plan.measures.compactMap { measure in
            measure.remedy.flatMap { row(measure, $0.rawValue, less: DifFSSMeasure(measure.model)) }
        }
    }

    /// Means over measures, cell by cell: what several rows say together.
    private func mean(_ pairs: [(DifFSSMeasure, DifFSSMeasure)]) -> [Double] {
        plan.cells.compactMap { cell in
            let known = pairs.compactMap { measure, base -> Double? in
                guard let value = scores[cell]?[measure], let other = scores[cell]?[base] else { return nil }
                return value - other
            }
            return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        }
    }

    private func claim(_ claim: String, _ measure: String, _ differences: [Double]) -> DifFSSReport.Claim {
        let difference = MeanInterval(differences)
        return DifFSSReport.Claim(
            claim: claim, measure: measure, difference: difference, verdict: DirectionVerdict(difference, sign: 1))
    }

    var claims: [DifFSSReport.Claim] {
        let (count, controls) = (plan.settings.paperCount, plan.settings.controls)
        func gain(_ model: String, _ control: ControlKind, _ count: Int) -> (DifFSSMeasure, DifFSSMeasure) {
            (DifFSSMeasure(model, count: count, control: control), DifFSSMeasure(model))
        }
        var all = plan.models.map { model in
            claim(
                "It improves existing models: \(model)", "1 + \(count) supports less 1, mean over controls",
                mean(controls.map { gain(model, $0, count) }))
        }
        all += controls.map { control in
            claim(
                "It improves them by each control: \(control.rawValue)", "1 + \(count) supports less 1, mean over models",
                mean(plan.models.map { gain($0, control, count) }))
        }
        if let few = plan.settings.counts.min(), let many = plan.settings.counts.max(), few < many {
            all.append(
                claim(
                    "More diverse supports are more robust",
                    "1 + \(many) supports less 1 + \(few), mean over models and controls",
                    mean(
                        plan.models.flatMap { model in
                            controls.map { (gain(model, $0, many).0, gain(model, $0, few).0) }
                        })))
        }
        return all + driftClaims
    }

    private var driftClaims: [DifFSSReport.Claim] {
        guard plan.driftingGenerator != nil else { return [] }
        func measure(_ model: String, _ remedy: DriftRemedy) -> DifFSSMeasure {
            DifFSSMeasure(model, count: plan.settings.drift.count, remedy: remedy)
        }
        func pairs(_ first: DriftRemedy, _ second: DriftRemedy) -> [Double] {
            mean(plan.models.map { (measure($0, first), measure($0, second)) })
        }
        let remedies: [DriftRemedy] = [.features, .overlap, .both, .estimated, .featuresEstimated]
        return [claim("ours: drift costs", "no drift less drift, mean over models", pairs(.noDrift, .nothing))]
            + remedies.map { remedy in
                claim(
                    "ours: \(remedy.rawValue) helps against drift", "less drift with all kept, mean over models",
                    pairs(remedy, .nothing))
            }
    }
}
