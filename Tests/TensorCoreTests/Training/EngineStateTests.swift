import Foundation
import TensorCore
import Testing

/// Exact resume, and what is refused.
@Suite("Training engine: state")
struct EngineStateTests {
    /// The bytes of a file written and read.
    private func reread(_ state: StateDict) throws -> StateDict {
        try Safetensors.parse(Safetensors.serialize(state), source: "state.safetensors")
    }

    @Test(
        "A run continued from any step has the bits of one that never stopped, running statistics included",
        arguments: [
            0, 1, 5, 11, 12,
        ])
    func resume(at step: Int) async throws {
        let whole = TrainingEngine.small()
        try await whole.run()
        let first = TrainingEngine.small()
        try await first.run(until: step)
        let second = TrainingEngine.small()
        try second.load(reread(first.stateDict()))
        #expect(second.step == step)
        try await second.run()
        #expect(Safetensors.serialize(try second.stateDict()) == Safetensors.serialize(try whole.stateDict()))
    }

    @Test("Other settings are refused by the name of the field, and nothing is changed")
    func otherSettings() async throws {
        let first = TrainingEngine.small()
        try await first.run(until: 2)
        let state = try reread(first.stateDict())
        let learner = SmallLearner()
        learner.values.nested["rate"] = 0.25
        let cases: [(TrainingEngine, String)] = [
            (.small(learner), "learner.nested.rate"), (.small { $0.maximumNorm = 2 }, "engine.maximumNorm"),
            (.small { $0.averageDecay = nil }, "engine.averageDecay"), (.small(steps: 13), "engine.schedule.totalSteps"),
            (.small { $0.microBatches = 2 }, "engine.microBatches"), (.small { $0.seed = 8 }, "engine.seed"),
        ]
        for (engine, field) in cases {
            let before = engine.weights
            let error = #expect(throws: TrainingEngineError.self) { try engine.load(state) }
            guard case .otherSettings(file: "state.safetensors", let found, _, _) = error else {
                Issue.record("\(field): \(String(describing: error))")
                continue
            }
            #expect(found == field)
            #expect(engine.weights == before && engine.step == 0)
        }
    }

    @Test("A file that lacks something, or has it in another shape, is refused by name")
    func damaged() async throws {
        let first = TrainingEngine.small()
        try await first.run(until: 2)
        let state = try reread(first.stateDict())
        let wrong = Tensor(zeros: [7])
        let names = ["parameters.last.weight", "optimizer.last.weight.exp_avg", "average.last.weight"]
        for name in names {
            var changed = state
            changed[name] = wrong
            let engine = TrainingEngine.small()
            let before = engine.weights
            let error = #expect(throws: CheckpointError.self) { try engine.load(changed) }
            #expect(error?.description.contains("last.weight") == true)
            #expect(engine.weights == before && engine.step == 0)
        }
        var lacking = state
        lacking["parameters.last.weight"] = nil
        #expect(throws: CheckpointError.self) { try TrainingEngine.small().load(lacking) }
        #expect(throws: TrainingEngineError.self) { try TrainingEngine.small().load(StateDict()) }
        var beyond = state
        beyond.metadata["training.step"] = "13"
        #expect(throws: TrainingEngineError.self) { try TrainingEngine.small().load(beyond) }
    }

    @Test(
        "A step that no training of these settings reaches is refused with the value",
        arguments: ["13", "-1", "1e18", "9223372036854775808", "", "NaN"])
    func steps(_ text: String) throws {
        var state = try reread(TrainingEngine.small().stateDict())
        state.metadata["training.step"] = text
        let error = #expect(throws: TrainingEngineError.self) { try TrainingEngine.small().load(state) }
        #expect(error?.description.contains("state.safetensors") == true)
        #expect(error?.description.contains("training.step is \(text), expected 0...12") == true)
    }

    @Test("Counters and types that no run writes are refused by file and field, and nothing is changed")
    func counters() async throws {
        let first = TrainingEngine.small()
        try await first.run(until: 2)
        let state = try reread(first.stateDict())
        func count(_ value: Int64) -> Tensor { Tensor([value], shape: [1]) }
        let huge = Int64.max
        let cases: [(name: String, value: Tensor?, found: String)] = [
            ("optimizer.last.weight.step", count(0), "found 0"), ("optimizer.last.weight.step", count(-3), "found -3"),
            ("optimizer.last.weight.step", count(huge), "found \(huge)"), ("optimizer.last.weight.step", nil, "no such entry"),
            ("optimizer.last.weight.step", Tensor([Float(1.5)], shape: [1]), "found float32"),
            ("optimizer.last.weight.step", Tensor([Int64(1), 2], shape: [2]), "found int64 [2]"),
            ("average.ema.updates", count(-1), "found -1"), ("average.ema.updates", count(huge), "found \(huge)"),
            ("average.ema.updates", nil, "no such entry"),
            ("average.ema.updates", Tensor([Float(2)], shape: [1]), "found float32"),
        ]
        for sample in cases {
            var changed = state
            changed[sample.name] = sample.value
            let error = #expect(throws: CheckpointError.self, "\(sample)") { try TrainingEngine.small().load(changed) }
            let message = error?.description ?? ""
            #expect(message.hasPrefix("state.safetensors") && message.contains(sample.found), "\(message)")
        }
        for name in state.names where state.dtype(of: name)?.isFloatingPoint == true {
            var changed = state
            changed[name] = state[name]?.converted(to: .int32)
            let engine = TrainingEngine.small()
            let before = engine.weights
            let error = #expect(throws: CheckpointError.self, "\(name)") { try engine.load(changed) }
            #expect(error?.description.contains("found int32, expected") == true, "\(name)")
            #expect(engine.weights == before && engine.step == 0)
        }
    }
}
