/// The one number of an evaluation, and what it has to be compared with.
public struct EvaluationHeadline: Sendable, Equatable {
    /// A method's score over all folds.
    public struct Entry: Sendable, Equatable {
        /// The method.
        public var method: String
        /// The mean over folds.
        public var score: MeanScore
        /// The 95 % bootstrap interval of the mean IoU; nil where the counts of an episode are missing.
        public var interval: ConfidenceInterval?
    }

    /// The best backbone.
    public var backbone: String
    /// The folds behind the number.
    public var folds: [Int]
    /// The trained model, or the best baseline where there is none.
    public var entry: Entry
    /// The other methods with the same backbone, best first.
    public var others: [Entry]
    /// Mean IoU less that of the best other method; nil where there is none.
    public var difference: Double?
    /// Its 95 % interval over the same episodes.
    public var differenceInterval: ConfidenceInterval?

    /// Sums up cells; nil where there are none.
    ///
    /// - Parameter model: the method to report.
    public init?(_ cells: [EvaluationCell], model: String = EvaluationCell.diffUp, resamples: Int = 1000) {
        let isTrained = cells.contains { $0.method == model }
        let lines = Dictionary(grouping: cells) { Line(backbone: $0.backbone, method: $0.method) }
        let candidates = lines.filter { !isTrained || $0.key.method == model }
        let best = candidates.max { first, second in
            let (a, b) = (Self.mean(first.value).meanIoU, Self.mean(second.value).meanIoU)
            return (a, second.key.name) < (b, first.key.name)
        }
        guard let best else { return nil }
        backbone = best.key.backbone
        folds = best.value.map(\.fold)
        let others = lines.filter {
            $0.key.backbone == best.key.backbone && $0.key != best.key && $0.value.map(\.fold) == best.value.map(\.fold)
        }
        .sorted { (Self.mean($0.value).meanIoU, $1.key.method) > (Self.mean($1.value).meanIoU, $0.key.method) }
        let columns = [best.value] + others.map(\.value)
        let scores = best.value.indices.map { fold in columns.map { $0[fold].result.scores } }
        let samples = PairedBootstrap(scores, resamples: resamples)
        let entries = columns.enumerated().map { index, cells in
            // Without the counts, as in a report that was read from its file, one fold's own interval is left.
            let own = cells.count == 1 ? cells[0].result.meanIoUInterval : nil
            return Entry(
                method: cells[0].method, score: Self.mean(cells), interval: samples?.intervals(ofRun: index).meanIoU ?? own)
        }
        entry = entries[0]
        self.others = Array(entries.dropFirst())
        difference = entries.count > 1 ? entries[0].score.meanIoU - entries[1].score.meanIoU : nil
        differenceInterval = entries.count > 1 ? samples?.differences(ofRun: 0, to: 1).meanIoU : nil
    }

    private struct Line: Hashable {
        var backbone, method: String

        var name: String { "\(backbone) \(method)" }
    }

    private static func mean(_ cells: [EvaluationCell]) -> MeanScore {
        MeanScore(cells)
    }
}
