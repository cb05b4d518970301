import Datasets
import Foundation
import Testing

/// Datasets of one to three classes, and classes that no episode asks for.
@Suite("Few classes") struct FewClassTests {
    /// A folder in VOC layout: a bright square on dark ground in four photos a class, lists as given.
    private static func dataset(classes: [String], lists: [String: [Int]], in folder: TemporaryFolder) throws {
        let root = folder.url.appendingPathComponent("own")
        let (side, square) = (48, 12..<36)
        for (index, _) in classes.enumerated() {
            for photo in 0..<4 {
                var image = RGBImage(height: side, width: side, red: 20, green: 40, blue: UInt8(10 * photo))
                var labels = LabelMap(height: side, width: side, values: Array(repeating: 0, count: side * side))
                for y in square {
                    for x in square {
                        labels.values[y * side + x] = UInt8(index + 1)
                        for channel in 0..<3 { image.pixels[(y * side + x) * 3 + channel] = UInt8(220 - 60 * channel) }
                    }
                }
                let name = "image_\(index + 1)_\(photo)"
                for (place, save) in [("JPEGImages", true), ("SegmentationClass", false)] {
                    let url = root.appendingPathComponent("\(place)/\(name).png")
                    try FileManager.default.createDirectory(
                        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                    if save { try ImageFile.save(image, to: url) } else { try labels.save(to: url) }
                }
            }
        }
        let lines = ["0 background"] + classes.enumerated().map { "\($0.offset + 1) \($0.element)" }
        try Data(lines.joined(separator: "\n").utf8).write(to: root.appendingPathComponent("classes.txt"))
        for (name, listed) in lists {
            let url = root.appendingPathComponent("splits/\(name).txt")
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            // Training and test have photos of their own.
            let photos = name.hasPrefix("trn") ? 0..<2 : 2..<4
            let items = listed.flatMap { number in photos.map { "image_\(number)_\($0)__\(number)" } }
            try Data(items.joined(separator: "\n").utf8).write(to: url)
        }
    }

    private func evaluate(_ fixture: Fixture, _ more: [String] = []) throws -> CommandLineTool.Result {
        try fixture.run(
            ["evaluate", "--dataset", "own", "--episodes", "6", "--pictures", "0", "--out", "out", "--force", "-q"] + more
                + fixture.model)
    }

    private func classes(_ cell: [String: Any]?) throws -> [[String: Any]] {
        try #require((cell?["result"] as? [String: Any])?["classes"] as? [[String: Any]])
    }

    @Test("A dataset of one class is trained on and evaluated, without a fold")
    func one() throws {
        let fixture = try Fixture()
        try Self.dataset(classes: ["disc"], lists: ["trn/fold0": [1], "val/fold0": [1]], in: fixture.folder)
        #expect(try fixture.run(["data", "check", "own"]).code == 0)
        let trained = try fixture.run(
            [
                "train", "--dataset", "own", "--backbone", "net.safetensors", "--out", "run", "--set", "training.steps=2",
                "--features", "store",
            ] + Fixture.smallDecoder)
        #expect(trained.code == 0, "\(trained.errors)")
        let result = try evaluate(fixture, ["--json"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.isEmpty, "quiet")
        let report = try jsonObject(result.output)
        for cell in try #require(report["cells"] as? [[String: Any]]) {
            let found = try #require(cell["result"] as? [String: Any])
            #expect(found["meanIoU"] as? Double == (try classes(cell).first?["iou"] as? Double))
        }
        let remarks = try #require(report["remarks"] as? [String])
        #expect(remarks.contains { $0.contains("one fold") && $0.contains("disc") }, "\(remarks)")
        let wrong = try evaluate(fixture, ["--fold", "1"])
        #expect(wrong.code == 64 && wrong.errors.contains("0, the only fold"), "\(wrong.errors)")
    }

    @Test("A class that no episode asks for is absent: null, empty, a dash, and no part of any mean")
    func absent() throws {
        let fixture = try Fixture()
        try Self.dataset(classes: ["disc", "bar", "wedge"], lists: ["trn/fold0": [1, 2], "val/fold0": [2]], in: fixture.folder)
        let result = try evaluate(fixture, ["--json"])
        #expect(result.code == 0, "\(result.errors)")
        let report = try jsonObject(result.output)
        let cells = try #require(report["cells"] as? [[String: Any]])
        #expect(cells.count == 3)
        for cell in cells {
            let rows = try classes(cell)
            #expect(rows.count == 3 && rows[0]["iou"] is NSNull && rows[2]["iou"] is NSNull)
            let own = try #require(rows[1]["iou"] as? Double)
            let found = try #require(cell["result"] as? [String: Any])
            #expect(found["meanIoU"] as? Double == own)
            let interval = try #require(found["meanIoUInterval"] as? [String: Double])
            #expect((interval["lower"] ?? 2) <= own && own <= (interval["upper"] ?? -1))
            let matrix = try #require((report["matrix"] as? [[String: Any]])?.first?["scores"] as? [String: [String: Double]])
            #expect(matrix[try #require(cell["method"] as? String)]?["meanIoU"] == own)
        }
        let manifest = try jsonObject(try String(contentsOfFile: fixture.folder["out/manifest.json"], encoding: .utf8))
        for remarks in [report["remarks"], manifest["remarks"]] {
            #expect((remarks as? [String])?.contains { $0.contains("no episode asks for disc, wedge") } ?? false)
        }
        for (file, absent) in [("classes.csv", "0,tiny,1,disc,0,DiffUp,,"), ("fold0-tiny-DiffUp/classes.csv", "1,disc,,0,0,0,")] {
            let text = try String(contentsOfFile: fixture.folder["out/\(file)"], encoding: .utf8)
            #expect(text.split(separator: "\n").contains { $0 == absent }, "\(text)")
        }
        let table = try evaluate(fixture).output.split(separator: "\n").first { $0.hasPrefix("disc ") }
        #expect(table?.split(separator: " ").dropFirst(2).allSatisfy { $0 == "-" } ?? false, "\(table ?? "")")
    }

    @Test("Two classes with two lists are two folds")
    func two() throws {
        let fixture = try Fixture()
        try Self.dataset(
            classes: ["disc", "bar"], lists: ["trn/fold0": [2], "val/fold0": [1], "trn/fold1": [1], "val/fold1": [2]],
            in: fixture.folder)
        let result = try fixture.run([
            "evaluate", "--dataset", "own", "--episodes", "4", "--fold", "0", "1", "--backbone", "net.safetensors",
            "--image-size",
            "64", "--out", "out", "--json", "-q",
        ])
        #expect(result.code == 0, "\(result.errors)")
        let report = try jsonObject(result.output)
        #expect((report["matrix"] as? [[String: Any]])?.map { $0["fold"] as? String } == ["0", "1", "mean"])
        #expect((report["remarks"] as? [String])?.isEmpty ?? false)
    }

    @Test("Without a training list of its classes a dataset of one class is scored by what needs none")
    func withoutTraining() throws {
        let fixture = try Fixture()
        try Self.dataset(classes: ["disc"], lists: ["val/fold0": [1]], in: fixture.folder)
        let result = try evaluate(fixture, ["--json"])
        #expect(result.code == 0, "\(result.errors)")
        let report = try jsonObject(result.output)
        #expect((report["cells"] as? [[String: Any]])?.map { $0["method"] as? String } == ["contrast", "DiffUp"])
        #expect((report["remarks"] as? [String])?.contains { $0.contains("foreground left out") } ?? false)
        let alone = try fixture.run([
            "evaluate", "--dataset", "own", "--episodes", "4", "--baselines", "foreground", "--backbone", "net.safetensors",
            "--out",
            "alone",
        ])
        #expect(alone.code == 1 && alone.errors.contains("trn/fold0.txt"), "\(alone.errors)")
    }

    @Test("The demonstration tells of classes that its episodes leave out")
    func demo() throws {
        let fixture = try Fixture()
        let result = try fixture.run(["demo", "--episodes", "2", "--out", "out", "-q", "--json"] + fixture.model)
        #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
        let scores = try #require(try jsonObject(result.output)["scores"] as? [[String: Any]])
        #expect(scores.allSatisfy { ($0["remarks"] as? [String])?.count == 1 })
    }
}
