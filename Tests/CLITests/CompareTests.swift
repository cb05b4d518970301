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
        #expect(try fixture.run(["compare", "a"]).code == 64)
        #expect(try fixture.run(["compare", "a", "a"]).code == 64)
        #expect(try fixture.run(["compare", "a", "nowhere"]).code == 1)
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
