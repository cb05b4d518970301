internal import Datasets
internal import SegModels
internal import TensorCore

extension DiffUpTables {
    /// Of table 3: a word alone, beside what is known without a word.
    var words: [Row] {
        guard plan.trainsWords else { return [Row("a word alone", paper: "58.0", score: nil)] }
        let blind = DiffUpMeasure(DiffUpMeasure.blind, annotation: .word)
        return [
            Row("anything that base classes show, without a word", score: scores.score(blind)),
            row(
                "a word alone", paper: "58.0", DiffUpMeasure(DiffUpVariant.full.id, annotation: .word), less: blind,
                "without a word", sign: 1, withPairs: true),
            row(
                "a word alone, without a decoder", DiffUpMeasure(DiffUpMeasure.word, annotation: .word), less: blind,
                "without a word", sign: 1),
        ]
    }

    /// Table 4: trained on one dataset, asked on another.
    var crossDataset: Table {
        let about =
            "Trained on \(plan.dataset.name), asked about the same fold of \(plan.crossDataset?.name ?? "another dataset"). The paper "
            + "trains on COCO-20i, asks about PASCAL-5i and compares with CDFSS."
        let (full, prototypes) = (DiffUpVariant.full.id, DiffUpMeasure.prototypes)
        let shots = plan.crossDataset == nil ? [] : [1, plan.settings.manyShots]
        let rows = shots.flatMap { count -> [Row] in
            let own = DiffUpMeasure(full, shots: count, elsewhere: true)
            let plain = DiffUpMeasure(prototypes, shots: count, elsewhere: true)
            let difference = scores.difference(own, plain)
            return [
                Row("prototypes, \(count)-shot", score: scores.score(plain)),
                Row(
                    "DiffUp, \(count)-shot", paper: count == 1 ? "70.1 (+4.5 over CDFSS)" : "-", score: scores.score(own),
                    difference: difference, comparedWith: difference == nil ? "" : "prototypes",
                    verdict: DirectionVerdict(difference, sign: 1)),
            ]
        }
        return Table(name: "Table 4", about: about, rows: rows)
    }

    /// The backbones of table 10 that HSNet's published rule reads.
    private static let published = ["vgg16-torchvision", "resnet50-torchvision", "resnet101-torchvision"]

    /// Table 10: what has to be trained for several backbones. It counts weights, of networks in the paper's sizes, and needs no training.
    ///
    /// A network that cannot be made has no number, and its row says that it was not measured.
    var sizes: Table {
        let one = try? DiffUpConfiguration.paper.makeDenoiser(ParameterScope(.loading)).weightCount
        let others = Self.published.map { name in (name, try? Self.hsNet(behind: name)) }
        var rows = others.map { name, count in weights("HSNet behind \(name)", paper: "2.6 M", count) }
        let counts = others.compactMap(\.1)
        let all = counts.count == others.count ? counts.reduce(0, +) : nil
        rows.append(weights("HSNet, all \(others.count)", paper: "10.4 M for four", all))
        var own = weights("DiffUp, one decoder behind all", paper: "4.2 M", one)
        if let one, let all {
            own.comparedWith = "HSNet, all \(others.count)"
            own.verdict = one < all ? .holds : .fails
        }
        rows.append(own)
        return Table(
            name: "Table 10",
            about: "Trained weights, counted in networks of the paper's sizes: other methods train a decoder for each backbone.",
            rows: rows)
    }

    private func weights(_ title: String, paper: String, _ count: Int?) -> Row {
        var row = Row(title, paper: paper, score: nil)
        row.weights = count
        return row
    }

    private static func hsNet(behind name: String) throws -> Int {
        let network = HSNetConfiguration()
        var description = try Backbones.description(named: name)
        description.taps = network.taps(of: description.network)
        let levels = try description.makeBackbone(ParameterScope(.loading)).levels
        return try network.makeNetwork(ParameterScope(.loading), behind: levels, precision: .float32).weightCount
    }
}

extension Module {
    /// The numbers that training would change.
    fileprivate var weightCount: Int { parameters.filter { !$0.isBuffer }.reduce(0) { $0 + $1.shape.elementCount } }
}
