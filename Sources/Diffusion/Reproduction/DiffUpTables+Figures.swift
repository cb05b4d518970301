internal import Datasets

extension DiffUpTables {
    /// The priors' IoU by backbone, all cells together.
    var histograms: [PriorHistogram] {
        plan.titles.enumerated().map { place, title in
            PriorHistogram(name: title, values: priors.filter { $0.backbone == place }.flatMap(\.values))
        }
    }

    /// Figures 6 and 9 as tables.
    var figures: [Table] { [priorTable, errorTable] }

    /// The IoU of episodes, one mean a cell.
    private func means(_ place: Int, _ values: (DiffUpPriors) -> [Double]) -> [DiffUpCell: Double] {
        var found: [DiffUpCell: Double] = [:]
        for record in priors where record.backbone == place {
            let own = values(record)
            if !own.isEmpty { found[record.cell] = own.reduce(0, +) / Double(own.count) }
        }
        return found
    }

    private func overCells(_ found: [DiffUpCell: Double]) -> MeanInterval? {
        MeanInterval(plan.cells.compactMap { found[$0] })
    }

    private var priorTable: Table {
        let places = Array(plan.titles.indices)
        let (coarse, drawn) = (places.map { means($0, \.values) }, places.map { means($0, \.masks) })
        let shown = histograms
        var rows = places.map { place in
            let overlap = place == 0 ? "" : ", \(shown[place].overlap(with: shown[0]).percent) % in common with \(shown[0].name)"
            return Row("\(plan.titles[place]): prior cut at 0.5\(overlap)", score: overCells(coarse[place]))
        }
        rows += places.map { Row("\(plan.titles[$0]): mask behind it", score: overCells(drawn[$0])) }
        func spread(_ all: [[DiffUpCell: Double]], _ cell: DiffUpCell) -> Double? {
            let values = all.compactMap { $0[cell] }
            guard values.count > 1, let low = values.min(), let high = values.max() else { return nil }
            return high - low
        }
        let differences = MeanInterval(
            plan.cells.compactMap { cell in
                spread(coarse, cell).flatMap { priors in spread(drawn, cell).map { priors - $0 } }
            })
        if places.count > 1 {
            rows.append(
                Row(
                    "spread over backbones: priors less masks", paper: "the decoder mitigates differences",
                    score: MeanInterval(plan.cells.compactMap { spread(coarse, $0) }), difference: differences,
                    comparedWith: "spread of masks", verdict: DirectionVerdict(differences, sign: 1)))
        }
        return Table(
            name: "Figure 6",
            about:
                "Mean IoU of episodes, of the prior cut at 0.5 and of the mask that the first backbone's decoder draws behind each.",
            rows: rows)
    }

    private var errorTable: Table {
        let known = errors.filter { $0.agreements.count == NoiseLevel.standard.count }
        guard !known.isEmpty else { return Table(name: "Figure 9", about: "", rows: []) }
        let rows = NoiseLevel.standard.enumerated().map { index, level in
            let gain = MeanInterval(known.map { $0.agreements[index] - $0.noisyAgreements[index] })
            return Row(
                "\(level.name) noise: agreement with the truth", paper: "discriminative",
                score: MeanInterval(known.map { $0.agreements[index] }), difference: gain,
                comparedWith: "the noisy mask alone", verdict: DirectionVerdict(gain, sign: 1))
        }
        return Table(
            name: "Figure 9",
            about: "Noisy mask and predicted error map together, against the truth: Pearson's r in percent.", rows: rows)
    }
}
