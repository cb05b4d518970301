internal import Datasets
internal import Foundation
internal import Testing

@Suite("Reports of evaluations")
struct ReportTests {
    private static func cell(_ fold: Int, _ backbone: String, _ method: String, _ mean: Double) throws -> EvaluationCell {
        let dataset = OverlappingDataset()
        let whole = IoUCounts(intersection: 1, union: 1)
        let scores = dataset.classes.map { EpisodeScore(classID: $0.id, foreground: whole, background: whole) }
        var result = try EvaluationResult(scores: scores, episodes: [], dataset: dataset, resamples: 0)
        result.meanIoU = mean
        result.foregroundBackgroundIoU = mean / 2
        return EvaluationCell(fold: fold, backbone: backbone, method: method, result: result)
    }

    private static func cells() throws -> [EvaluationCell] {
        [
            try cell(0, "a", "foreground", 0.2), try cell(0, "a", "contrast", 0.4), try cell(0, "a", EvaluationCell.diffUp, 0.5),
            try cell(1, "a", "foreground", 0.4), try cell(1, "a", "contrast", 0.3), try cell(1, "a", EvaluationCell.diffUp, 0.2),
            try cell(0, "b", "contrast", 0.1),
        ]
    }

    @Test("The matrix has the mean over folds and the difference to the best baseline of the same row")
    func matrix() throws {
        let rows = StitchingMatrix(try Self.cells()).rows
        #expect(rows.map(\.backbone) == ["a", "a", "a", "b", "b", "b"])
        #expect(rows.map(\.fold) == ["0", "1", "mean", "0", "1", "mean"])
        let differences = rows.prefix(3).map { $0.difference ?? .nan }
        for (found, expected) in zip(differences, [0.1, -0.2, 0]) { #expect(abs(found - expected) < 1e-12) }
        #expect(abs((rows[2].scores["foreground"]?.meanIoU ?? 0) - 0.3) < 1e-12)
        #expect(abs((rows[2].scores[EvaluationCell.diffUp]?.foregroundBackgroundIoU ?? 0) - 0.175) < 1e-12)
    }

    @Test("A cell that was not scored is missing in numbers and empty in the CSV")
    func missing() throws {
        let matrix = StitchingMatrix(try Self.cells())
        let row = matrix.rows[3]
        #expect(row.scores.keys.sorted() == ["contrast"] && row.difference == nil)
        #expect(matrix.header.count == 18)
        #expect(
            matrix.fields[3] == ["b", "0"] + Array(repeating: "", count: 5) + ["0.1", "0.05"] + Array(repeating: "", count: 9))
        #expect(matrix.rows[4].scores.isEmpty)
    }

    @Test("The class table has a column for each backbone and method, and a gap where nothing was scored")
    func classes() throws {
        let table = ClassTable(try Self.cells())
        #expect(table.titles == ["a foreground", "a contrast", "a DiffUp", "b contrast"])
        #expect(table.rows.filter { $0.fold == 1 }.allSatisfy { $0.scores[3] == nil && $0.scores[0] != nil })
        #expect(ClassTable(Array(try Self.cells().prefix(3))).titles == ["foreground", "contrast", "DiffUp"])
    }

    @Test("A class without episodes is missing in table and CSV, and no part of the mean over folds")
    func absent() throws {
        let dataset = OverlappingDataset()
        let asked = try #require(dataset.classes.first)
        let counts = IoUCounts(intersection: 3, union: 4)
        let episodes = [EpisodeReference(query: "a", classID: asked.id, supports: ["b"])]
        let result = try EvaluationResult(
            scores: [EpisodeScore(classID: asked.id, foreground: counts, background: counts)], episodes: episodes,
            dataset: dataset)
        let cells = [0, 1].map { EvaluationCell(fold: $0, backbone: "a", method: "contrast", result: result) }
        #expect(result.meanIoU == 0.75 && result.meanIoUInterval == ConfidenceInterval(lower: 0.75, upper: 0.75))
        #expect(StitchingMatrix(cells).rows.map { $0.scores["contrast"]?.meanIoU } == [0.75, 0.75, 0.75])
        let table = ClassTable(cells)
        let column: [Double?] = [0.75, nil, nil, 0.75, nil, nil]
        #expect(table.rows.map { $0.scores[0] } == column)
        #expect(table.fields.filter { $0[6] == "" }.count == 2 * (dataset.classes.count - 1))
        #expect(result.remarks?.count == 1 && result.remarks?.first?.contains(dataset.classes[1].name) == true)
        let text = try TextFile.json(result)
        #expect(text.components(separatedBy: "\"iou\" : null").count == dataset.classes.count)
        let decoded = try JSONDecoder().decode(EvaluationResult.self, from: Data(text.utf8))
        #expect(decoded.classes == result.classes && decoded.remarks == result.remarks)
    }

    @Test("The best, the middle and the worst episodes are shown")
    func extremes() {
        #expect(EpisodeChoice.extremes(of: [0.1, 0.9, 0.5, 0.7, 0.3, 0.8], count: 3) == [1, 3, 0])
        #expect(EpisodeChoice.extremes(of: [0.1, 0.9], count: 3) == [1, 0])
        let scores = (0..<20).map { Double($0 * 7 % 20) }
        for count in 0...20 {
            let chosen = EpisodeChoice.extremes(of: scores, count: count).map { scores[$0] }
            #expect(chosen.count == count && chosen == chosen.sorted(by: >))
            if count > 0 { #expect(chosen.first == 19) }
            if count > 1 { #expect(chosen.last == 0) }
        }
    }

    @Test("Base items are mixed by the seed, without classes that are too small for an episode")
    func shuffled() {
        let dataset = Shapes5iDataset(Shapes5i(imagesPerClass: 3), split: .train, fold: 0)
        let items = dataset.shuffledItems(shots: 1, seed: 1)
        #expect(items != dataset.items && Set(items) == Set(dataset.items))
        #expect(items == dataset.shuffledItems(shots: 1, seed: 1) && items != dataset.shuffledItems(shots: 1, seed: 2))
        let least = Dictionary(grouping: dataset.items, by: \.classID).values.map(\.count).min() ?? 0
        #expect(dataset.shuffledItems(shots: least, seed: 1).count < dataset.items.count)
    }
}
