import Foundation
import TensorCore
import Testing

@testable import Datasets

@Suite("Comparing runs") struct ComparisonTests {
    /// Episodes of two classes whose IoU is around `level`; the same noise for every level.
    private static func scores(_ level: Double, count: Int = 60) -> [EpisodeScore] {
        var random = NumPyRandom(seed: 5)
        return (0..<count).map { index in
            let hit = UInt64(min(max(level * 1000 + Double(random.interval(400)) - 200, 0), 1000))
            return EpisodeScore(
                classID: [7, 300][index % 2], foreground: IoUCounts(intersection: hit, union: 1000),
                background: IoUCounts(intersection: 8000, union: 10_000 - hit))
        }
    }

    private static let references = (0..<60).map { index in
        EpisodeReference(query: "q,\(index)", classID: [7, 300][index % 2], supports: ["s \(index)", "t"])
    }

    /// A run folder's worth of values.
    private static func run(
        _ path: String, level: Double, method: String = "DiffUp", backbone: String = "net", folds: [Int] = [0],
        change: (inout ResultManifest) -> Void = { _ in }
    ) throws -> ComparedRun {
        let cells = try folds.map { fold in
            var result = try EvaluationResult(
                scores: scores(level), episodes: references, dataset: OverlappingDataset(), resamples: 0)
            result.episodeHash = EpisodeReference.hash(of: references)
            let loader = EvaluationProtocol.hsnet.loader(for: OverlappingDataset())
            var manifest = ResultManifest(
                EvaluationRecord(protocol: .hsnet, loader: loader, episodes: references, method: method))
            change(&manifest)
            let cell = EvaluationCell(fold: fold, backbone: backbone, method: method, result: result)
            return ComparedRun.Cell(cell: cell, manifest: manifest)
        }
        return ComparedRun(path: path, cells: cells)
    }

    @Test("A paired difference is known better than either score")
    func paired() throws {
        let comparison = try RunComparison([Self.run("a", level: 0.5), Self.run("b", level: 0.53)])
        let row = try #require(comparison.rows.first)
        #expect(comparison.rows.count == 1 && row.fold == "0" && row.episodes == 60 && comparison.remarks.isEmpty)
        let difference = try #require(row.entries.last?.difference)
        #expect(row.entries.first?.difference == nil)
        #expect(abs(difference.meanIoU - (row.entries[1].score.meanIoU - row.entries[0].score.meanIoU)) < 1e-15)
        // The same noise in both: the difference is 0.03 in every resample, while scores vary.
        #expect(abs(difference.meanIoUInterval.lower - 0.03) < 0.002 && abs(difference.meanIoUInterval.upper - 0.03) < 0.002)
        let own = row.entries[0].meanIoUInterval
        #expect(own.upper - own.lower > 0.02)
        #expect(own.lower < row.entries[0].score.meanIoU && row.entries[0].score.meanIoU < own.upper)
    }

    @Test("A run against its copy differs by nothing, and several folds have a mean")
    func folds() throws {
        let comparison = try RunComparison([Self.run("a", level: 0.4, folds: [0, 2]), Self.run("b", level: 0.4, folds: [0, 2])])
        #expect(comparison.rows.map(\.fold) == ["0", "2", "mean"])
        for row in comparison.rows {
            let difference = try #require(row.entries.last?.difference)
            #expect(difference.meanIoU == 0 && difference.meanIoUInterval == ConfidenceInterval(lower: 0, upper: 0))
            #expect(difference.foregroundBackgroundIoUInterval == ConfidenceInterval(lower: 0, upper: 0))
        }
        // Folds are drawn apart: their mean varies less than each.
        let widths = comparison.rows.map { $0.entries[0].meanIoUInterval.upper - $0.entries[0].meanIoUInterval.lower }
        #expect(widths[2] < widths[0] && widths[2] < widths[1])
    }

    @Test("One run of one fold has the intervals that its result has")
    func single() throws {
        let scores = Self.scores(0.6)
        let own = try #require(Bootstrap.intervals(of: scores, resamples: 100, seed: 3))
        let pair = try #require(PairedBootstrap([[scores, Self.scores(0.2)]], resamples: 100, seed: 3))
        #expect(pair.intervals(ofRun: 0).meanIoU == own.meanIoU)
        #expect(PairedBootstrap([[scores, Array(scores.dropLast())]]) == nil && PairedBootstrap([[[]]]) == nil)
        #expect(PairedBootstrap([]) == nil && PairedBootstrap([[scores]], resamples: 0) == nil)
    }

    @Test("What has to be equal and differs is named, all of it")
    func refusal() throws {
        let first = try Self.run("a", level: 0.5)
        let changes: [(field: String, change: (inout ResultManifest) -> Void)] = [
            ("protocol", { $0.evaluation.protocolVersion = 9 }), ("protocol", { $0.evaluation.protocolID = "own" }),
            ("protocol hash", { $0.evaluation.protocolHash = "0" }),
            ("changes of the protocol", { $0.evaluation.protocolChanges = ["threshold 0.4"] }),
            ("dataset", { $0.evaluation.dataset = "other" }), ("list hash", { $0.evaluation.listHash = "0" }),
            ("label rule", { $0.evaluation.labelRule = "other" }), ("episode hash", { $0.evaluation.episodeHash = "0" }),
            ("episodes", { $0.evaluation.episodeCount = 7 }), ("shots", { $0.evaluation.shots = 5 }),
            ("IoU space", { $0.evaluation.iouSpace = .original }), ("ignore rule", { $0.evaluation.ignoreRule = "all" }),
            ("annotation rule", { $0.evaluation.annotationRule = .box }),
        ]
        for (field, change) in changes {
            let second = try Self.run("b", level: 0.5, change: change)
            let error = #expect(throws: ComparisonRefusal.self) { try RunComparison([first, second]) }
            #expect(error?.fields.first?.name == field, "\(error?.fields ?? [])")
            #expect(error?.description.contains("\n  \(field): ") == true)
        }
        let several = try Self.run("b", level: 0.5) {
            $0.evaluation.iouSpace = .original
            $0.evaluation.shots = 5
        }
        let error = #expect(throws: ComparisonRefusal.self) { try RunComparison([first, several]) }
        #expect(error?.description.contains("IoU space: square-400 in a, original in b") == true)
        #expect(error?.fields.map(\.name) == ["shots", "IoU space"])
        let folds = try Self.run("b", level: 0.5, folds: [0, 1])
        let other = #expect(throws: ComparisonRefusal.self) { try RunComparison([first, folds]) }
        #expect(other?.fields == [ComparisonRefusal.Field(name: "folds", values: ["0", "0 1"])])
    }

    @Test("A run of a version that wrote no digest of its protocol compares with one that did")
    func olderRun() throws {
        let older = try Self.run("b", level: 0.5) { $0.evaluation.protocolHash = nil }
        #expect(try RunComparison([Self.run("a", level: 0.5), older]).rows.count == 1)
    }

    @Test("The seed of annotations matters where they are drawn at random, and only there")
    func annotationSeed() throws {
        func runs(_ rule: AnnotationRule) throws -> [ComparedRun] {
            try [0, 1].map { seed in
                try Self.run("\(seed)", level: 0.5) {
                    ($0.evaluation.annotationRule, $0.evaluation.annotationSeed) = (rule, seed)
                }
            }
        }
        _ = try RunComparison(runs(.mask))
        #expect(throws: ComparisonRefusal.self) { try RunComparison(runs(.scribble)) }
    }

    @Test("Backbones may differ where each run has one; what one run has alone is told")
    func lines() throws {
        let first = try Self.run("a", level: 0.5, backbone: "x")
        var second = try Self.run("b", level: 0.6, backbone: "y") { $0.compute.threads += 1 }
        second.cells += try Self.run("b", level: 0.3, method: "contrast", backbone: "y").cells
        let comparison = try RunComparison([first, second])
        #expect(comparison.rows.map(\.method) == ["DiffUp"] && comparison.rows[0].entries.map(\.backbone) == ["x", "y"])
        #expect(comparison.remarks.count == 2)
        #expect(comparison.remarks.contains("contrast is in b alone"))
        #expect(comparison.remarks.contains { $0.hasPrefix("threads differs: ") })
        second.cells += try Self.run("b", level: 0.3, backbone: "z").cells
        #expect(throws: RunError.self) { try RunComparison([first, second]) }
        #expect(throws: RunError.self) { try RunComparison([first]) }
        #expect(throws: RunError.self) { try RunComparison([first, first]) }
    }

    @Test("A table of episodes is read back with its digest; another table is refused")
    func table() throws {
        try withTemporaryFolder { folder in
            let run = try Self.run("a", level: 0.5)
            let result = run.cells[0].cell.result
            let manifest = ResultManifest(run.cells[0].record)
            try ResultFiles.write(result, manifest: manifest, episodes: Self.references, to: folder)
            let file = folder.appending(path: "episodes.csv")
            let table = try EpisodeTable(contentsOf: file)
            #expect(table.scores == result.scores && table.episodeHash == manifest.evaluation.episodeHash)
            let text = try String(contentsOf: file, encoding: .utf8)
            for wrong in [
                "", "episode,query,class,supports,foreground_iou,background_iou\n0,a,1,b,0.5,0.5\n",
                text + "60,a,1\n", text.replacing(",1000,8000,", with: ",1000,80000000,"), text + "\"",
            ] {
                try Data(wrong.utf8).write(to: file)
                #expect(throws: DatasetError.self) { try EpisodeTable(contentsOf: file) }
            }
        }
    }

    @Test("A run folder is read; one that is unfinished, of another command or with other episodes is refused")
    func folder() throws {
        try withTemporaryFolder { folder in
            let run = try Self.run("a", level: 0.5)
            func write(command: String, status: String) throws {
                var manifest = RunManifest(command: command, settings: [String: String]())
                manifest.status = status
                try TextFile.writeJSON(manifest, to: folder.appending(path: "manifest.json"))
            }
            try write(command: "evaluate", status: "finished")
            try TextFile.writeJSON(["cells": run.cells.map(\.cell)], to: folder.appending(path: "metrics.json"))
            let place = folder.appending(path: "fold0-net-DiffUp")
            let manifest = ResultManifest(run.cells[0].record)
            try ResultFiles.write(run.cells[0].cell.result, manifest: manifest, episodes: Self.references, to: place)
            let read = try ComparedRun(contentsOf: folder)
            #expect(read.cells.map(\.cell.result.scores) == run.cells.map(\.cell.result.scores))
            #expect(throws: RunError.self) { try RunComparison([read, read]) }
            let fewer = Array(Self.references.dropLast())
            try ResultFiles.write(run.cells[0].cell.result, manifest: manifest, episodes: fewer, to: place)
            #expect(throws: DatasetError.self) { try ComparedRun(contentsOf: folder) }
            for (command, status) in [("evaluate", "interrupted"), ("predict", "finished")] {
                try write(command: command, status: status)
                #expect(throws: RunError.self) { try ComparedRun(contentsOf: folder) }
            }
        }
    }
}
