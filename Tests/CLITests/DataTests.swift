import Datasets
import Foundation
import Testing

@Suite("fss data and weights")
struct DataTests {
    /// A drawn dataset of fold 0 with two images a class.
    private static func build(_ fixture: Fixture) throws {
        let result = try fixture.run([
            "data", "build", "shapes5i", "--out", "set", "--fold", "0", "--images-per-class", "2", "--image-size", "64",
        ])
        #expect(result.code == 0, "\(result.errors)")
    }

    @Test("A drawn dataset passes its check and can be evaluated on")
    func build() throws {
        let fixture = try Fixture()
        try Self.build(fixture)
        let check = try fixture.run(["data", "check", "set", "--json"])
        #expect(check.code == 0, "\(check.errors)")
        let report = try jsonObject(check.output)
        #expect((report["errors"] as? [String])?.isEmpty == true)
        #expect((report["lists"] as? [[String: Any]])?.map { $0["pairs"] as? Int } == [30, 10])
        let score = try fixture.run([
            "evaluate", "--dataset", "set", "--episodes", "2", "--baselines", "contrast", "--backbone", "net.safetensors",
            "--image-size", "64", "--out", "out",
        ])
        #expect(score.code == 0, "\(score.errors)")
    }

    @Test("A check finds what is wrong")
    func check() throws {
        let fixture = try Fixture()
        try Self.build(fixture)
        let root = fixture.folder.url.appendingPathComponent("set")
        let ids = Shapes5i(imagesPerClass: 2).ids(split: .validation, fold: 0).map(\.description)
        try BinaryMask(height: 8, width: 8, values: Array(repeating: true, count: 64))
            .save(to: root.appendingPathComponent("SegmentationClass/\(ids[0]).png"))
        let check = try fixture.run(["data", "check", "set"])
        #expect(check.code == 1)
        #expect(check.output.contains("8x8"))
        #expect(check.output.contains("do not show the class") || check.output.contains("does not show the class"))
        try FileManager.default.removeItem(at: root.appendingPathComponent("JPEGImages/\(ids[1]).png"))
        let missing = try fixture.run(["data", "check", "set"])
        #expect(missing.code == 1)
        #expect(missing.output.contains("no such file"))
    }

    @Test("Unknown classes in a list, and images in both lists, are errors")
    func lists() throws {
        let fixture = try Fixture()
        try Self.build(fixture)
        let training = fixture.folder.url.appendingPathComponent("set/splits/trn/fold0.txt")
        let test = fixture.folder.url.appendingPathComponent("set/splits/val/fold0.txt")
        let text = try String(contentsOf: test, encoding: .utf8)
        let lines = try String(contentsOf: training, encoding: .utf8)
        try Data((text + "shapes_f0_trn_c06_0000__77\n").utf8).write(to: test)
        let unknown = try fixture.run([
            "evaluate", "--dataset", "set", "--baselines", "contrast", "--backbone", "net.safetensors", "--out", "out",
        ])
        #expect(unknown.code == 1)
        #expect(unknown.errors.contains("class 77") && unknown.errors.contains("line 11"))
        let query = try #require(text.split(separator: "\n").first).split(separator: "__")[0]
        try Data(text.utf8).write(to: test)
        try Data((lines + "\(query)__6\n").utf8).write(to: training)
        let both = try fixture.run(["data", "check", "set"])
        #expect(both.code == 1)
        #expect(both.output.contains("in training and test"))
    }

    @Test("Folds and classes are listed")
    func info() throws {
        let result = try CommandLineTool.run(["data", "info", "shapes5i"])
        #expect(result.code == 0)
        #expect(result.output.contains("val/fold3"))
        #expect(result.output.contains(Shapes5i.className(1)))
    }

    @Test("Weights are listed with the backbones that they fit")
    func weights() throws {
        let fixture = try Fixture()
        let result = try fixture.run(["weights", "inspect", "net.safetensors", "--tensors", "--digest"])
        #expect(result.code == 0, "\(result.errors)")
        for word in ["sha256", "no built-in backbone", "tiny", "conv1.weight", "8x3x7x7"] {
            #expect(result.output.contains(word), "\(word)")
        }
        let listed = try fixture.run(["weights", "list"])
        #expect(listed.output.contains("resnet50-torchvision"))
    }
}
