/// Evaluations side by side, with what is known of their differences.
public struct RunComparison: Codable, Sendable, Equatable {
    /// How much a score differs from the first run's, 0...1, with 95 % intervals of a paired bootstrap.
    public struct Difference: Codable, Sendable, Equatable {
        /// Of the mean IoU.
        public var meanIoU: Double
        /// Its interval.
        public var meanIoUInterval: ConfidenceInterval
        /// Of the foreground-background IoU.
        public var foregroundBackgroundIoU: Double
        /// Its interval.
        public var foregroundBackgroundIoUInterval: ConfidenceInterval
        /// Of the mean boundary IoU; nil where bands were not counted in both runs.
        public var boundaryIoU: Double?
        /// Its interval.
        public var boundaryIoUInterval: ConfidenceInterval?
        /// Of the area under the ROC of absence; nil where runs were not asked about the same queries without the class.
        public var areaUnderROC: Double?

        init(_ difference: MeanScore, _ intervals: ScoreIntervals) {
            meanIoU = difference.meanIoU
            meanIoUInterval = intervals.meanIoU
            foregroundBackgroundIoU = difference.foregroundBackgroundIoU
            foregroundBackgroundIoUInterval = intervals.foregroundBackgroundIoU
            boundaryIoU = difference.boundaryIoU
            boundaryIoUInterval = intervals.boundaryIoU
            areaUnderROC = difference.presence?.areaUnderROC
        }
    }

    /// A run's score in a row.
    public struct Entry: Codable, Sendable, Equatable {
        /// The place of the run in ``RunComparison/runs``.
        public var run: Int
        /// The backbone.
        public var backbone: String
        /// The score.
        public var score: MeanScore
        /// The 95 % interval of the mean IoU.
        public var meanIoUInterval: ConfidenceInterval
        /// The 95 % interval of the mean boundary IoU; nil where bands were not counted.
        public var boundaryIoUInterval: ConfidenceInterval?
        /// To the first entry of the row; nil for that one.
        public var difference: Difference?
    }

    /// One method on the same episodes.
    public struct Row: Codable, Sendable, Equatable {
        /// The method.
        public var method: String
        /// "0"..."3" or "mean".
        public var fold: String
        /// Episodes behind every score.
        public var episodes: Int
        /// The runs that have it.
        public var entries: [Entry]
    }

    /// The folders.
    public var runs: [String]
    /// The rows, method by method.
    public var rows: [Row]
    /// What differs and may, and what stands in one run alone.
    public var remarks: [String]

    /// Compares runs.
    ///
    /// Rows are methods with one backbone. Where every run has one backbone only, these may differ: then backbones are compared.
    ///
    /// - Parameters:
    ///   - runs: two or more; differences are to the first.
    ///   - resamples: of the bootstrap.
    /// - Throws: ``ComparisonRefusal`` for runs that do not compare, ``RunError`` for fewer than two, a repeated one, and runs that
    ///   have no method in common.
    public init(_ runs: [ComparedRun], resamples: Int = 1000) throws {
        let paths = runs.map(\.path)
        guard runs.count > 1, Set(paths).count == runs.count, resamples > 0 else {
            throw RunError.conflict(
                "found \(runs.count) runs (\(paths.joined(separator: ", "))); compare two or more different ones.")
        }
        self.runs = paths
        let folds = runs.map { $0.cells.map(\.cell.fold).uniqued }
        try Self.check(runs, folds)
        let lines = ComparedLine.all(of: runs)
        let common = lines.filter { $0.cells.count > 1 }
        guard !common.isEmpty else {
            let names = zip(paths, runs).map { path, run in
                "\(path) has \(run.cells.map { "\($0.cell.method) behind \($0.cell.backbone)" }.uniqued.joined(separator: ", "))"
            }
            throw RunError.conflict("the runs have no method with the same backbone in common: \(names.joined(separator: "; ")).")
        }
        rows = common.flatMap { $0.rows(folds: folds[0], resamples: resamples) }
        let alone = lines.filter { $0.cells.count == 1 }.map { "\($0.name) is in \(paths[$0.cells[0].run]) alone" }
        remarks = Self.deviations(runs) + Self.otherAbsence(runs) + alone
    }

    /// Refuses what may not stand in one table.
    private static func check(_ runs: [ComparedRun], _ folds: [[Int]]) throws(ComparisonRefusal) {
        var fields: [ComparisonRefusal.Field] = []
        let sets = folds.map { $0.sorted().map(String.init).joined(separator: " ") }
        if Set(sets).count > 1 { fields.append(.init(name: "folds", values: sets)) }
        for fold in folds[0] where folds.allSatisfy({ $0.contains(fold) }) {
            let records = runs.compactMap { run in run.cells.first { $0.cell.fold == fold }?.record.comparedFields }
            for place in records[0].indices {
                let values = records.map { $0[place].value }
                guard Set(values.compactMap(\.self)).count > 1 else { continue }
                let name = records[0][place].name
                let title = folds[0].count > 1 ? "fold \(fold): \(name)" : name
                fields.append(.init(name: title, values: values.map { $0 ?? "unknown" }))
            }
        }
        if !fields.isEmpty { throw ComparisonRefusal(runs: runs.map(\.path), fields: fields) }
    }

    private static func deviations(_ runs: [ComparedRun]) -> [String] {
        let computes = runs.compactMap { $0.cells.first?.compute.notedFields }
        guard computes.count == runs.count else { return [] }
        return computes[0].indices.compactMap { place in
            let values = computes.map { $0[place].value }
            guard Set(values).count > 1 else { return nil }
            let texts = zip(runs, values).map { "\($1) in \($0.path)" }
            return "\(computes[0][place].name) differs: \(texts.joined(separator: ", "))"
        }
    }
}

extension RunComparison {
    /// What is told where runs were asked about other queries without the class: their IoU compares all the same.
    private static func otherAbsence(_ runs: [ComparedRun]) -> [String] {
        let asked = runs.map { run in
            run.cells.map { "\($0.cell.fold) \($0.cell.result.presence.map { "\($0.episodeHash) by \($0.score)" } ?? "none")" }
                .uniqued
        }
        guard Set(asked.map(Set.init)).count > 1 else { return [] }
        return ["the episodes without the class differ, or how presence is scored: AUROC and F1 do not compare"]
    }
}

/// One method of several runs.
private struct ComparedLine {
    var method: String
    /// Nil where every run has its own.
    var backbone: String?
    /// By run, in the order of the folds of that run.
    var cells: [(run: Int, cells: [EvaluationCell])]

    var name: String { backbone.map { "\(method) behind \($0)" } ?? method }

    /// The methods of all runs, in the order of their first cell.
    static func all(of runs: [ComparedRun]) -> [ComparedLine] {
        let isSingle = runs.allSatisfy { Set($0.cells.map(\.cell.backbone)).count == 1 }
        struct Key: Hashable {
            var method: String
            var backbone: String?
        }
        func key(_ cell: EvaluationCell) -> Key { Key(method: cell.method, backbone: isSingle ? nil : cell.backbone) }
        let keys = runs.flatMap { $0.cells.map { key($0.cell) } }.uniqued
        return keys.map { wanted in
            let own = runs.enumerated().map { index, run in
                (run: index, cells: run.cells.map(\.cell).filter { key($0) == wanted })
            }
            return ComparedLine(method: wanted.method, backbone: wanted.backbone, cells: own.filter { !$0.cells.isEmpty })
        }
    }

    /// A row a fold, and with several folds their mean.
    func rows(folds: [Int], resamples: Int) -> [RunComparison.Row] {
        // A fold that a training-free method was left out of has no row.
        let shared = folds.filter { fold in cells.allSatisfy { $0.cells.contains { $0.fold == fold } } }
        var rows = shared.compactMap { row([$0], name: String($0), resamples: resamples) }
        if folds.count > 1, shared.count == folds.count, let mean = row(folds, name: "mean", resamples: resamples) {
            rows.append(mean)
        }
        return rows
    }

    private func row(_ folds: [Int], name: String, resamples: Int) -> RunComparison.Row? {
        let columns = cells.map { entry in folds.compactMap { fold in entry.cells.first { $0.fold == fold } } }
        let scores = folds.indices.map { fold in columns.map { $0[fold].result.scores } }
        guard let samples = PairedBootstrap(scores, resamples: resamples) else { return nil }
        let means = columns.map { MeanScore($0) }
        let entries = cells.indices.map { place -> RunComparison.Entry in
            let intervals = samples.differences(ofRun: place, to: 0)
            let own = samples.intervals(ofRun: place)
            var difference = RunComparison.Difference(means[place] - means[0], intervals)
            if !Self.sameAbsence(columns[place], columns[0]) { difference.areaUnderROC = nil }
            return RunComparison.Entry(
                run: cells[place].run, backbone: columns[place][0].backbone, score: means[place],
                meanIoUInterval: own.meanIoU, boundaryIoUInterval: own.boundaryIoU,
                difference: place == 0 ? nil : difference)
        }
        let episodes = columns[0].reduce(0) { $0 + $1.result.episodeCount }
        return RunComparison.Row(method: method, fold: name, episodes: episodes, entries: entries)
    }

    /// Whether both were asked about the same queries without the class, and scored in one way.
    private static func sameAbsence(_ cells: [EvaluationCell], _ others: [EvaluationCell]) -> Bool {
        zip(cells, others).allSatisfy { cell, other in
            let (own, its) = (cell.result.presence, other.result.presence)
            return own?.episodeHash == its?.episodeHash && own?.score == its?.score
        }
    }
}
