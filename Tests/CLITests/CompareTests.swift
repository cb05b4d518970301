import Foundation
import Testing

@Suite("fss compare, and the page of an evaluation")
struct CompareTests {
    private static func evaluate(_ out: String, _ extra: [String] = []) -> [String] {
        [
            "evaluate", "--images-per-class", "3", "--episodes", "6", "--backbone", "net.safetensors", "--baselines", "contrast",
            "--image-size", "64", "--pictures", "3", "--out", out,
        ] + extra
    }

    @Test("Runs over the same episodes stand side by side with intervals; others are refused by the fields that differ")
    func compare() throws {
        let fixture = try Fixture()
        for arguments in [
            Self.evaluate("a"), Self.evaluate("b", ["--image-size", "48"]), Self.evaluate("c", ["--iou-space", "square-48"]),
        ] { #expect(try fixture.run(arguments).code == 0) }
        let table = try fixture.run(["compare", "a", "b"])
        #expect(table.code == 0, "\(table.errors)")
        #expect(table.output.contains("contrast") && table.output.contains(" to ") && table.output.contains("2: b"))
        let json = try jsonObject(try fixture.run(["compare", "a", "b", "--json", "--resamples", "50"]).output)
        let row = try #require((json["rows"] as? [[String: Any]])?.first)
        #expect(row["episodes"] as? Int == 6 && (row["entries"] as? [[String: Any]])?.count == 2)
        #expect((row["entries"] as? [[String: Any]])?.last?["difference"] is [String: Any])
        let refused = try fixture.run(["compare", "a", "b", "c"])
        #expect(refused.code == 1 && refused.output.isEmpty)
        #expect(refused.errors.contains("IoU space: original in a, original in b, square-48 in c"))
        #expect(refused.errors.contains("Docs/NumbersDiffer.md"))
        #expect(try fixture.run(["compare", "a"]).code == 64)
        #expect(try fixture.run(["compare", "a", "a"]).code == 64)
        #expect(try fixture.run(["compare", "a", "nowhere"]).code == 1)
    }

    @Test("Absence is scored beside, changes no IoU, and compares where the same queries were asked about")
    func absence() throws {
        let fixture = try Fixture()
        for arguments in [
            Self.evaluate("a"), Self.evaluate("b", ["--absent-share", "0.5"]),
            Self.evaluate("c", ["--absent-share", "0.5", "--image-size", "48"]),
        ] { #expect(try fixture.run(arguments).code == 0) }
        func cell(_ run: String) throws -> [String: Any] {
            let report = try jsonObject(String(contentsOfFile: fixture.folder["\(run)/metrics.json"], encoding: .utf8))
            return try #require(((report["cells"] as? [[String: Any]])?.first)?["result"] as? [String: Any])
        }
        let (plain, both) = (try cell("a"), try cell("b"))
        #expect(plain["presence"] == nil && plain["boundaryIoU"] is Double)
        #expect(plain["meanIoU"] as? Double == both["meanIoU"] as? Double)
        #expect(plain["boundaryIoU"] as? Double == both["boundaryIoU"] as? Double)
        let presence = try #require(both["presence"] as? [String: Any])
        #expect(presence["present"] as? Int == 6 && presence["absent"] as? Int == 6)
        let page = try String(contentsOfFile: fixture.folder["b/report.html"], encoding: .utf8)
        #expect(page.contains("Outlines and absence") && page.contains("AUROC"))
        let matrix = try String(contentsOfFile: fixture.folder["b/matrix.csv"], encoding: .utf8)
        #expect(matrix.contains("contrast_boundary_iou,contrast_auroc,contrast_f1"))
        let table = try fixture.run(["compare", "b", "c"])
        #expect(table.code == 0 && table.output.contains("Absence: AUROC / F1") && table.output.contains("Boundary IoU"))
        #expect(try fixture.run(["compare", "a", "b"]).errors.contains("AUROC and F1 do not compare"))
        let wrong = try fixture.run(Self.evaluate("d", ["--absent-share", "1.5"]))
        #expect(wrong.code == 64 && wrong.errors.contains("--absent-share is 1.5"))
    }

    @Test("The page of baselines has their pictures, and a run that is continued has the command that began it")
    func page() throws {
        let fixture = try Fixture()
        #expect(try fixture.run(Self.evaluate("a")).code == 0)
        func page() throws -> String { try String(contentsOfFile: fixture.folder["a/report.html"], encoding: .utf8) }
        let first = try page()
        #expect(first.components(separatedBy: "<img ").count == 10)
        let command = "fss evaluate --images-per-class 3 --episodes 6 --backbone net.safetensors"
        #expect(first.contains(command) && first.contains("95 % interval"))
        #expect(try fixture.run(["evaluate", "--resume", "a", "--quiet"]).code == 0)
        let second = try page()
        #expect(second.contains(command) && !second.contains("--resume"))
        // Intervals and pictures of what was scored before are there again.
        let parts = [first, second].map { $0.components(separatedBy: "<h2>How it was made").first }
        #expect(parts[0] == parts[1])
    }
}
