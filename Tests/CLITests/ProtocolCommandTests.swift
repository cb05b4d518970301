import Datasets
import Foundation
import Testing

@Suite("Protocols and weak labels of the command")
struct ProtocolCommandTests {
    private static func evaluate(_ out: String, _ extra: [String]) -> [String] {
        [
            "evaluate", "--images-per-class", "3", "--backbone", "net.safetensors", "--baselines", "contrast", "--image-size",
            "64",
            "--pictures", "0", "--out", out,
        ] + extra
    }

    private static func manifest(_ fixture: Fixture, _ out: String) throws -> [String: Any] {
        let folder = fixture.folder.url.appendingPathComponent(out)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let cell = try #require(names.first { $0.hasSuffix("contrast") })
        return try jsonObject(String(contentsOf: folder.appendingPathComponent("\(cell)/manifest.json"), encoding: .utf8))
    }

    @Test("A protocol is printed with its digest and its changes, and written down with them")
    func changes() throws {
        let fixture = try Fixture()
        let words = [
            "--protocol", "bam", "--episodes", "3", "--repeats", "2", "--supports", "nested", "--annotation", "mask-dilated-3",
        ]
        let result = try fixture.run(Self.evaluate("a", words))
        #expect(result.code == 0, "\(result.errors)")
        let digest = try #require(result.output.firstMatch(of: #/Protocol bam version 1 \(([0-9a-f]{16})\)/#)?.1)
        #expect(
            result.output.contains("changed: supports nested; episodes 3; repeats 2") && result.output.contains("over 2 seeds ("))
        let manifest = try Self.manifest(fixture, "a")
        #expect(manifest["protocolChanges"] as? [String] == ["supports nested", "episodes 3", "repeats 2"])
        #expect((manifest["protocolHash"] as? String)?.hasPrefix(digest) == true)
        #expect(manifest["annotationRule"] as? String == "mask-dilated-3" && manifest["supportRule"] as? String == "nested")
        #expect(manifest["episodeCount"] as? Int == 6 && manifest["repeats"] as? Int == 2)
        let metrics = try jsonObject(String(contentsOfFile: fixture.folder["a/metrics.json"], encoding: .utf8))
        let scores = (metrics["cells"] as? [[String: Any]])?.first?["result"] as? [String: Any]
        let repeats = (scores?["repeats"] as? [String: Any])?["meanIoU"] as? [String: Any]
        #expect((repeats?["values"] as? [Double])?.count == 2 && repeats?["deviation"] is Double)
    }

    @Test("Several classes at once are scored for each, and continue as they began")
    func ways() throws {
        let fixture = try Fixture()
        let result = try fixture.run(Self.evaluate("a", ["--ways", "3", "--episodes", "4", "--json"]))
        #expect(result.code == 0, "\(result.errors)")
        #expect(try Self.manifest(fixture, "a")["episodeCount"] as? Int == 12)
        #expect(try fixture.run(["evaluate", "--resume", "a", "--quiet"]).code == 0)
        #expect(try fixture.run(["evaluate", "--resume", "a", "--ways", "2"]).code == 64)
        let refused = try fixture.run(Self.evaluate("b", ["--ways", "9", "--episodes", "4"]))
        #expect(refused.code == 1 && refused.errors.contains("9 ways"))
    }

    static let refused: [(words: String, fragments: [String])] = [
        ("--protocol nonsense", ["nonsense", "label-anything", "hsnet-fss"]),
        ("--annotation mask-dilated-0", ["mask-dilated-0", "mask-shifted"]),
        ("--annotation none-named", ["none-named", "text tower"]),
        ("--supports some", ["some", "nested-repeats"]),
        ("--ways 0", ["ways", "0"]),
        ("--repeats 0", ["repeats", "0"]),
        ("--protocol label-anything-coco --dataset-option crowds=void", ["crowds=void", "crowds=drop", "label-anything-coco"]),
    ]

    @Test(
        "What a protocol or a rule does not know is refused, and so is a dataset option that it fixes", arguments: refused.indices
    )
    func refusals(_ index: Int) throws {
        let (words, fragments) = Self.refused[index]
        let fixture = try Fixture()
        let result = try fixture.run(Self.evaluate("a", words.split(separator: " ").map(String.init)))
        #expect(result.code == 64, "\(words): \(result.errors)")
        for fragment in fragments { #expect(result.errors.contains(fragment), "\(words): \(result.errors) lacks \(fragment)") }
    }

    @Test("A sheet shows every weak label, the same for the same seed")
    func sheet() throws {
        let fixture = try Fixture()
        func sheet(_ name: String, _ extra: [String] = []) throws -> RGBImage {
            let result = try fixture.run(["data", "info", "shapes5i", "--weak-labels", name] + extra)
            #expect(result.code == 0 && result.output.contains("Weak labels: \(name)"), "\(result.errors)")
            return try ImageFile.load(URL(fileURLWithPath: fixture.folder[name]))
        }
        let first = try sheet("a.png")
        #expect(try sheet("b.png") == first && sheet("c.png", ["--annotation-seed", "4"]) != first)
        let refused = try fixture.run(["data", "info", "shapes5i", "--annotation-seed", "4"])
        #expect(refused.code == 64 && refused.errors.contains("--weak-labels"))
    }
}
