import TensorCore
import Testing

/// Loading is strict and reports every difference at once.
@Suite struct LoadingTests {
    private let scope = ParameterScope()
    private let model: Pair

    private final class Pair: Module {
        let scope: ParameterScope
        let first: Linear
        let second: Linear

        init(_ scope: ParameterScope) {
            self.scope = scope
            first = Linear(scope["first"], inputs: 2, outputs: 3)
            second = Linear(scope["second"], inputs: 3, outputs: 1)
        }
    }

    init() { model = Pair(scope) }

    private var values: [[Float]] { model.parameters.map { $0.value.scalars } }

    @Test func allDifferencesAreReportedTogether() throws {
        var state = StateDict(source: "model.safetensors", model.stateDict())
        state["first.weight"] = Tensor(zeros: [3, 5])
        state["second.weight"] = Tensor(zeros: [3, 1])
        state["first.bias"] = nil
        state["third.weight"] = Tensor(zeros: [1])
        let before = values
        let thrown = #expect(throws: CheckpointError.self) { try model.load(state) }
        let error = try #require(thrown)
        guard case .doesNotFit(let file, let report) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(file == "model.safetensors")
        #expect(report.matched == ["second.bias"])
        #expect(report.missing == ["first.bias"])
        #expect(report.unexpected == ["third.weight"])
        #expect(report.mismatched.map(\.name) == ["first.weight", "second.weight"])
        #expect(report.mismatched.map(\.found) == [[3, 5], [3, 1]])
        #expect(report.mismatched.map(\.expected) == [[3, 2], [1, 3]])
        let parts = [
            "model.safetensors", "first.bias", "third.weight", "first.weight (found [3, 5], expected [3, 2])",
            "second.weight (found [3, 1], expected [1, 3])",
        ]
        for part in parts { #expect(error.description.contains(part), "\(error)") }
        #expect(values == before)
    }

    @Test func optionsAllowWhatTheyName() throws {
        var state = model.stateDict()
        state["first.bias"] = nil
        #expect(throws: CheckpointError.self) { try model.load(state, options: .allowsUnexpected) }
        #expect(try model.load(state, options: .allowsMissing).missing == ["first.bias"])
        state["extra"] = Tensor(1)
        #expect(throws: CheckpointError.self) { try model.load(state, options: .allowsMissing) }
        #expect(try model.load(state, options: [.allowsMissing, .allowsUnexpected]).unexpected == ["extra"])
        state["first.weight"] = Tensor(1)
        #expect(throws: CheckpointError.self) { try model.load(state, options: [.allowsMissing, .allowsUnexpected]) }
    }

    @Test func typesAreConverted() throws {
        var state = model.stateDict()
        state["first.weight"] = Tensor(repeating: 0.5, shape: [3, 2], dtype: .bfloat16)
        try model.load(state)
        #expect(model.first.weight.value.dtype == .float32)
        #expect(model.first.weight.value.scalars == [Float](repeating: 0.5, count: 6))
    }

    @Test func longReportsAreCutWithACount() {
        var report = LoadReport()
        report.missing = (0..<25).map { "layer.\($0)" }
        #expect(report.description.contains("25 missing: layer.0, "))
        #expect(report.description.contains("layer.9, and 15 more"))
    }

    @Test func prefixesAreAddedRemovedAndMerged() {
        let state = StateDict(["a.x": Tensor(1), "a.y": Tensor(2), "b.x": Tensor(3)])
        #expect(state.removingPrefix("a.").names == ["x", "y"])
        #expect(state.addingPrefix("m.").names == ["m.a.x", "m.a.y", "m.b.x"])
        let merged = state.merging(StateDict(["a.x": Tensor(9), "c": Tensor(4)]))
        #expect(merged.names == ["a.x", "a.y", "b.x", "c"])
        #expect(merged["a.x"]?.scalar == 9)
    }
}

extension StateDict {
    /// `state` as if it came from the file `source`.
    fileprivate init(source: String, _ state: StateDict) {
        self = state
        self.source = source
    }
}
