import Foundation
import TensorCore
import TestSupport
import Testing

/// The ranges of configurations, and those of this module's own.
@Suite("Configuration ranges")
struct ConfigurationRangeTests {
    private struct Sample: RangedConfiguration {
        var share = 0.5
        var count = 3
        var scales = [1.0, 2]
        var forgotten = 7
        static let ranges: ConfigurationRanges = [
            "share": .real(0..<1), "count": .whole(1...10), "scales": .list(.real(above: 0, upTo: 8), count: 1...3),
        ]
    }

    private func error(_ json: String) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try Sample(checking: ConfigurationTree(json: json, source: "s.json"), source: "s.json")
            return nil
        } catch {
            return error
        }
    }

    private func json(_ share: String = "0.5", _ count: String = "3", _ scales: String = "[1]") -> String {
        "{\"share\": \(share), \"count\": \(count), \"scales\": \(scales), \"forgotten\": 1}"
    }

    @Test("Key path, value found and range expected are named")
    func named() {
        #expect(error(json()) == nil)
        #expect(error(json("1"))?.description == "s.json: share: found 1, expected 0..<1")
        #expect(error(json("\"NaN\""))?.description == "s.json: share: found \"NaN\", expected 0..<1")
        #expect(error(json("0", "2.5"))?.description == "s.json: count: found 2.5, expected a whole number of 1...10")
        #expect(error(json("0", "1e18"))?.key == "count")
        #expect(error(json("0", "1", "[0]"))?.reason == "found [0], expected a list of 1 to 3, each above 0, at most 8")
        #expect(error(json("0", "1", "[8, 1, 1, 1]"))?.key == "scales" && error(json("0", "1", "[8]")) == nil)
        #expect(error(json("0", "1", "3"))?.key == "scales" && error(json("0", "1", "{}"))?.key == "scales")
        #expect(error("{\"share\": 0.5}")?.reason.contains("\"count\"") == true)
    }

    @Test("A number without a range is found, and so is a range without a number")
    func uncovered() throws {
        #expect(try ConfigurationWalk.faults(of: [Sample()], ranges: Sample.ranges) == ["forgotten has no range"])
        let more = Sample.ranges.with(["x": .whole(0...1)], under: "part")
        #expect(try ConfigurationWalk.faults(of: [Sample()], ranges: more).last == "part.x has a range and is no number")
    }

    @Test("Values in memory are checked, numbers that JSON cannot hold included")
    func inMemory() {
        var sample = Sample()
        sample.share = .nan
        let error = #expect(throws: ConfigurationError.self) { try sample.validate(source: "code") }
        #expect(error?.key == "share" && error?.reason.contains("finite") == true)
        sample.share = 2
        #expect(throws: ConfigurationError.self) { try sample.validate(source: "code") }
    }

    @Test("Every number of the optimizers' and the engine's settings has a range, and none of them crashes")
    func ownSettings() throws {
        let decays: [LearningRateSchedule.Decay] = [
            .constant, .cosine(final: 0.1), .polynomial(power: 0.9), .steps(at: [3], factor: 0.1),
        ]
        let schedules = decays.map { LearningRateSchedule(base: 0.1, warmUpSteps: 2, totalSteps: 10, decay: $0) }
        #expect(try ConfigurationWalk.faults(of: schedules, ranges: LearningRateSchedule.ranges).isEmpty)
        let adams = [Adam.Settings(), Adam.Settings(decay: .decoupled(0.1))]
        #expect(try ConfigurationWalk.faults(of: adams, ranges: Adam.Settings.ranges).isEmpty)
        let engines = schedules.map { schedule in
            var settings = TrainingEngine.Settings(schedule: schedule)
            (settings.maximumNorm, settings.averageDecay) = (1, 0.9)
            return settings
        }
        var sharded = engines[0]
        sharded.shards = 2
        #expect(try ConfigurationWalk.faults(of: engines + [sharded], ranges: TrainingEngine.Settings.ranges).isEmpty)
        for engine in engines {
            let tree = try ConfigurationTree(encoding: engine)
            let result = try ConfigurationWalk.walk(tree, ranges: TrainingEngine.Settings.ranges) { tree in
                let settings = try TrainingEngine.Settings(checking: tree, source: "x")
                for step in [0, 1, settings.steps] { _ = settings.schedule.rate(at: step) }
                _ = TrainingEngine(SmallLearner(), optimizer: Adam(), settings: settings)
            }
            #expect(result.faults.isEmpty && result.taken > 0 && result.refused > 0, "\(result.faults)")
        }
        for adam in adams {
            let result = try ConfigurationWalk.walk(try ConfigurationTree(encoding: adam), ranges: Adam.Settings.ranges) { tree in
                var optimizer = Adam(try Adam.Settings(checking: tree, source: "x"))
                optimizer.step(SmallLearner().parameters, gradients: Gradients())
            }
            #expect(result.faults.isEmpty && result.taken > 0 && result.refused > 0, "\(result.faults)")
        }
    }

    @Test("Settings of millions of brackets, or nested deeply, are refused before they are decoded")
    func guarded() {
        for text in [String(repeating: "[", count: 1_000_000), "[" + String(repeating: "[],", count: 200_000) + "[]]"] {
            let error = #expect(throws: ConfigurationError.self) { try ConfigurationTree(json: text, source: "s.json") }
            #expect(error?.reason.hasPrefix("found JSON") == true)
        }
        let deep = Array(repeating: "a", count: 100_000).joined(separator: ".")
        #expect(throws: ConfigurationError.self) {
            try ConfigurationTree(encoding: Sample()).merging(ConfigurationTree(assignment: "\(deep)=1"), source: "--set")
        }
    }
}
