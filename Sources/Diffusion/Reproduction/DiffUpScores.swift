internal import Datasets

/// The scores of a reproduction by measure, for differences within a cell.
struct DiffUpScores {
    private let byMeasure: [DiffUpMeasure: [DiffUpCell: DiffUpResult]]

    init(_ results: [DiffUpResult]) {
        var found: [DiffUpMeasure: [DiffUpCell: DiffUpResult]] = [:]
        for result in results { found[result.measure, default: [:]][result.cell] = result }
        byMeasure = found
    }

    /// Mean IoU over the cells; nil for what was not measured.
    func score(_ measure: DiffUpMeasure) -> MeanInterval? { mean(measure, \.meanIoU) }

    /// Foreground-background IoU over the cells.
    func pairScore(_ measure: DiffUpMeasure) -> MeanInterval? { mean(measure, \.foregroundBackgroundIoU) }

    /// Mean IoU of one measure less that of another, cell by cell.
    func difference(_ measure: DiffUpMeasure, _ other: DiffUpMeasure) -> MeanInterval? {
        let (own, theirs) = (byMeasure[measure] ?? [:], byMeasure[other] ?? [:])
        return MeanInterval(sorted(own).compactMap { cell, result in theirs[cell].map { result.meanIoU - $0.meanIoU } })
    }

    /// The largest mean less the smallest.
    func spread(_ measures: [DiffUpMeasure]) -> Double? {
        let means = measures.compactMap { score($0)?.mean }
        guard let low = means.min(), let high = means.max(), means.count > 1 else { return nil }
        return high - low
    }

    private func mean(_ measure: DiffUpMeasure, _ value: (DiffUpResult) -> Double) -> MeanInterval? {
        MeanInterval(sorted(byMeasure[measure] ?? [:]).map { value($0.value) })
    }

    private func sorted(_ cells: [DiffUpCell: DiffUpResult]) -> [(key: DiffUpCell, value: DiffUpResult)] {
        cells.sorted { ($0.key.fold, $0.key.seed) < ($1.key.fold, $1.key.seed) }
    }
}
