import Datasets
import Foundation
import Testing

@Suite("fss gfss")
struct GFSSCommandTests {
    private static let shapes = ["--dataset", "shapes5i", "--images-per-class", "2", "--convention", "pop"]

    /// The truth as predictions of all test images of a fold.
    private static func predict(_ folder: TemporaryFolder) throws -> [String] {
        let source = FoldedShapes5i(Shapes5i(imagesPerClass: 2))
        let ids = try source.gfss(.pop, fold: 0).testImages
        let images = source.labelledImages()
        try FileManager.default.createDirectory(at: folder.url.appendingPathComponent("p"), withIntermediateDirectories: true)
        for id in ids {
            let truth = try images.labels(id)
            let map = LabelMap(height: truth.height, width: truth.width, values: truth.values.map { UInt8(max($0, 0)) })
            try map.save(to: folder.url.appendingPathComponent("p/\(id).png"))
        }
        return ids
    }

    @Test("Predictions of somebody's network are scored, in parts, too; what is missing is named and ends with 1")
    func score() throws {
        let folder = try TemporaryFolder()
        let ids = try Self.predict(folder)
        let score = ["gfss", "score", "--predictions", "p", "--quiet"] + Self.shapes
        let whole = try CommandLineTool.run(score + ["--out", "whole"], in: folder.url)
        #expect(whole.code == 0 && whole.output.contains("100.0"), "\(whole.errors)")
        #expect(whole.output.contains("pop reports the mean over all classes and the background: 100.0"))
        for part in 1...2 {
            let run = try CommandLineTool.run(score + ["--part", "\(part)/2", "--out", "part\(part)"], in: folder.url)
            #expect(run.code == 0)
        }
        let merged = try CommandLineTool.run(["gfss", "merge", "part1", "part2", "--out", "merged", "--json"], in: folder.url)
        let report = try jsonObject(merged.output)
        #expect(merged.code == 0 && (report["withBackground"] as? [String: Any])?["ofMeans"] is [String: Any])
        func runs(_ name: String) throws -> Data { try Data(contentsOf: folder.url.appendingPathComponent("\(name)/runs.csv")) }
        #expect(try runs("merged") == runs("whole"))
        #expect(try CommandLineTool.run(["gfss", "merge", "part1", "--out", "half"], in: folder.url).code == 1)
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("p/\(ids[3]).png"))
        let missing = try CommandLineTool.run(score + ["--out", "missing"], in: folder.url)
        #expect(missing.code == 1 && missing.errors.contains("\(ids[3]).png: found no such file"))
        #expect(missing.output.contains("100.0"))
        let bad = try CommandLineTool.run(
            ["gfss", "score", "--predictions", "p", "--convention", "bam", "--dataset", "shapes5i"], in: folder.url)
        #expect(bad.code == 64 && bad.errors.contains("capl, diam, pop"))
    }

    @Test("A convention shows what it makes of a dataset")
    func info() throws {
        let folder = try TemporaryFolder()
        let arguments = [
            "gfss", "info", "shapes5i", "--convention", "capl", "--min-support-pixels", "900", "--images-per-class", "8",
            "--json",
        ]
        let result = try CommandLineTool.run(arguments, in: folder.url)
        let summary = try jsonObject(result.output)
        #expect(result.code == 0 && (summary["supports"] as? [Any])?.count == 5, "\(result.errors)")
        #expect((summary["queries"] as? [Any])?.count == 160 && (summary["novel"] as? [Any])?.count == 5)
    }
}
