internal import Foundation
internal import TestSupport
internal import Testing

/// The line about suites that are skipped, which continuous integration looks for.
@Suite("Shared data")
struct SharedDataTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    @Test("The line names the suite, its tests and what they need")
    func line() throws {
        let file = Self.tests.appendingPathComponent("SegModelsTests/BackboneWeightsTests.swift").path
        let line = SharedData.skipLine("Backbones with real weights", "weights", file: file)
        #expect(line == "skipped: Backbones with real weights: 3 tests need ../shared/weights")
        let source = """
            @Suite("first") struct A { @Test func a() {} }
            @Suite("second") struct B { @Test(arguments: 0..<4) func b(_ n: Int) {}; @Test func c() {} }
            """
        #expect(SharedData.testCount(in: source, suite: "second") == 2)
        #expect(SharedData.testCount(in: source, suite: "third") == nil)
    }

    @Test("Every suite that asks for shared data is found by its name, and asks through the helper")
    func suites() throws {
        let files = try #require(FileManager.default.enumerator(at: Self.tests, includingPropertiesForKeys: nil))
        var names: [String] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let source = try String(contentsOf: file, encoding: .utf8)
            if !file.path.contains("TestSupport") && !file.path.contains("SharedDataTests") {
                #expect(!source.contains("FSS_SHARED_DIR"), "\(file.lastPathComponent) looks for shared data by itself")
            }
            for call in source.matches(of: /SharedData\.has\("[^"]*", for: "([^"]*)"\)/) {
                let name = String(call.1)
                names.append(name)
                #expect(SharedData.testCount(in: source, suite: name) ?? 0 > 0, "\(name)")
            }
        }
        #expect(Set(names).isSuperset(of: ["Backbones with real weights", "Real photos", "HSNet replay"]))
    }
}
