import Foundation
import TensorCore
import Testing

@testable import Datasets

/// Images of 8x8 pixels; image i shows class `i % 2 + 1` as two columns, and nothing else.
private struct Columns: ByteLabelledDataset {
    let name = "columns"
    let classes = [FewShotClass(id: 1, name: "one"), FewShotClass(id: 2, name: "two")]
    let items = (0..<8).map { DatasetItem(id: "\($0)", classID: $0 % 2 + 1) }

    func image(_ id: String) throws -> RGBImage { RGBImage(height: 8, width: 8) }

    func labels(_ id: String) throws -> LabelMap {
        let index = Int(id) ?? 0
        return LabelMap(height: 8, width: 8, values: (0..<64).map { $0 % 8 / 2 == index % 4 ? UInt8(index % 2 + 1) : 0 })
    }
}

/// Finds what the query shows, and is less sure of it where that is another class.
private struct Knowing: EpisodicSegmenter {
    var doubt: Float = 0.3

    func segment(_ episode: Episode) throws -> Prediction {
        let index = Int(episode.queryID) ?? 0
        let sure: Float = index % 2 + 1 == episode.classID ? 0.9 : doubt
        let values = (0..<64).map { pixel -> Float in pixel % 8 / 2 == index % 4 ? sure : 0.1 }
        return .probabilities(ProbabilityMap(height: 8, width: 8, values: values))
    }
}

@Suite("Absence and boundary IoU of evaluations") struct PresenceTests {
    private static func episodes() throws -> (present: [EpisodeReference], absent: [EpisodeReference]) {
        let present = try EpisodeSampler(.vocUniform).episodes(from: Columns().items, shots: 1, count: 8)
        return (present, try AbsentQueries().episodes(beside: present, in: Columns()))
    }

    private func evaluate(_ segmenter: Knowing, absent: Bool = true) async throws -> EvaluationResult {
        let (present, twins) = try Self.episodes()
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: Columns()), resamples: 20)
        return try await evaluator.evaluate(segmenter, on: present + (absent ? twins : []))
    }

    @Test("Queries without the class change no IoU, no hash and no count, and absence is scored beside")
    func absence() async throws {
        let (plain, both) = (try await evaluate(Knowing(), absent: false), try await evaluate(Knowing()))
        #expect(plain.presence == nil && plain.meanIoU == 1 && plain.boundaryIoU == 1)
        #expect(both.meanIoU == plain.meanIoU && both.episodeHash == plain.episodeHash && both.episodeCount == 8)
        #expect(both.meanIoUInterval == plain.meanIoUInterval && both.classes == plain.classes)
        let presence = try #require(both.presence)
        #expect(presence.present == 8 && presence.absent == 8 && presence.scores.areaUnderROC == 1 && presence.scores.f1 == 1)
        #expect(presence.scores.falseArea == 0 && presence.decisions.trueNegatives == 8)
        #expect(presence.episodeHash == EpisodeReference.hash(of: try Self.episodes().absent))
        let fooled = try #require(try await evaluate(Knowing(doubt: 0.9)).presence)
        #expect(fooled.scores.areaUnderROC == 0.5 && fooled.decisions.falsePositives == 8)
        #expect(fooled.scores.falseArea == 0.25 && abs(fooled.scores.f1 - 2.0 / 3) < 1e-12)
    }

    @Test("A score of one's own takes the place of the standard one and is named")
    func ownScore() async throws {
        let (present, twins) = try Self.episodes()
        let score = PresenceScore(name: "upside down") { prediction in 1 - PresenceScore.peak.value(of: prediction) }
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: Columns()), resamples: 0, presence: score)
        let result = try await evaluator.evaluate(Knowing(), on: present + twins)
        #expect(result.presence?.scores.areaUnderROC == 0 && result.presence?.score == "upside down")
    }

    @Test("The mean of the highest values is that of sorting them, whatever they are")
    func meanOfTop() {
        var random = NumPyRandom(seed: 4)
        for count in [1, 7, 64, 1000] {
            var values = (0..<count).map { _ in Float(random.interval(2000)) / 1000 - 0.5 }
            values[0] = .nan
            let map = ProbabilityMap(height: 1, width: count, values: values)
            for share in [0.001, 0.01, 0.3, 1] {
                let wanted = max(1, Int(share * Double(count)))
                let top = values.map { $0 > 0 ? $0 : 0 }.sorted(by: >).prefix(wanted)
                let mean = Float(top.reduce(0) { $0 + Double($1) } / Double(wanted))
                #expect(PresenceScore.meanOfTop(share: share).value(of: .probabilities(map)) == mean)
            }
        }
        let mask = BinaryMask(height: 10, width: 10, values: (0..<100).map { $0 < 3 })
        #expect(PresenceScore.meanOfTop(share: 0.1).value(of: .mask(mask)) == 0.3)
        #expect(PresenceScore.standard.value(of: .mask(mask)) == 1 && PresenceScore.peak.value(of: .mask(mask)) == 1)
    }

    @Test("The table of episodes gives counts, bands and presence back, and older tables still read")
    func table() async throws {
        let (present, twins) = try Self.episodes()
        let all = present + twins
        let loader = EpisodeLoader(dataset: Columns())
        let result = try await Evaluator(loader: loader, resamples: 0).evaluate(Knowing(), on: all)
        let manifest = ResultManifest(
            EvaluationRecord(protocol: .vocUniform, loader: loader, episodes: present, method: "knowing"))
        try withTemporaryFolder { (folder: URL) throws in
            try ResultFiles.write(result, manifest: manifest, episodes: all, to: folder)
            let file = folder.appending(path: "episodes.csv")
            let table = try EpisodeTable(contentsOf: file)
            #expect(table.scores == result.scores && table.episodeHash == result.episodeHash)
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").prefix(9)
            let older = lines.map {
                $0.split(separator: ",", omittingEmptySubsequences: false).dropLast(4).joined(separator: ",")
            }
            try older.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
            let read = try EpisodeTable(contentsOf: file)
            #expect(read.episodeHash == result.episodeHash && read.scores.allSatisfy { $0.boundary == nil && $0.isPresent })
            #expect(read.scores.map(\.foreground) == result.scores.prefix(8).map(\.foreground))
            let broken = lines.dropLast() + [lines[8].replacing(",1,0.9", with: ",2,0.9")]
            try broken.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
            #expect(throws: DatasetError.self) { try EpisodeTable(contentsOf: file) }
        }
    }

    @Test("Boundary IoU and absence stand in tables, pages and comparisons")
    func reports() async throws {
        let cells = try await [0.3, 0.9].enumerated().asyncMap { index, doubt in
            EvaluationCell(
                fold: 0, backbone: "net", method: index == 0 ? "a" : "b", result: try await evaluate(Knowing(doubt: Float(doubt)))
            )
        }
        let matrix = StitchingMatrix(cells)
        let further = try #require(FurtherScores(matrix))
        #expect(further.titles == ["backbone", "fold", "method", "boundary IoU", "AUROC", "F1", "false area"])
        #expect(further.rows[1] == ["net", "0", "b", "100.0", "50.0", "66.7", "25.0"])
        #expect(matrix.header.contains("b_boundary_iou") && matrix.fields[0].count == matrix.header.count)
        let page = EvaluationPage(title: "t", cells: cells, origin: ReportOrigin(facts: [])).html()
        #expect(page.contains("Outlines and absence") && page.contains("boundary IoU 100.0 %"))
        var older = cells
        for index in older.indices { (older[index].result.boundaryIoU, older[index].result.presence) = (nil, nil) }
        #expect(FurtherScores(StitchingMatrix(older)) == nil)
        let runs = cells.map { cell in
            var cell = cell
            cell.method = "same"
            let record = EvaluationRecord(
                protocol: .vocUniform, loader: EpisodeLoader(dataset: Columns()), episodes: [], method: "same")
            return ComparedRun(
                path: "\(cell.result.presence?.scores.f1 ?? 0)", cells: [.init(cell: cell, manifest: ResultManifest(record))])
        }
        let entry = try #require(try RunComparison(runs).rows.first?.entries.last)
        #expect(entry.difference?.boundaryIoU == 0 && entry.difference?.areaUnderROC == -0.5)
        #expect(entry.boundaryIoUInterval == ConfidenceInterval(lower: 1, upper: 1))
        var other = runs
        other[1].cells[0].cell.result.presence?.episodeHash = "other"
        let apart = try RunComparison(other)
        #expect(apart.rows.first?.entries.last?.difference?.areaUnderROC == nil)
        #expect(apart.remarks.contains { $0.contains("AUROC and F1 do not compare") })
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
