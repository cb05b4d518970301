import Foundation
import TensorCore
import Testing

/// How a training ends before its time.
@Suite("Training engine: guard and cancellation")
struct EngineGuardTests {
    @Test(
        "A loss or a norm that is no number stops the step before its update, named with its batch",
        arguments: [
            SmallLearner.Fault.loss, .gradient,
        ])
    func diverged(_ fault: SmallLearner.Fault) async throws {
        let learner = SmallLearner()
        (learner.fault, learner.faultyStep) = (fault, 6)
        let engine = TrainingEngine.small(learner)
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        var rows: [TrainingProgress] = []
        let error = await #expect(throws: TrainingEngineError.self) {
            rows = try await engine.trained { callbacks in
                callbacks.checkpointInterval = 2
                callbacks.onCheckpoint = { _ in try engine.save(to: url) }
            }
        }
        #expect(error?.description.contains("examples of step 6, part 0") == true)
        #expect(error?.description.contains("step 6:") == true)
        #expect(rows.isEmpty && engine.step == 5)
        let resumed = TrainingEngine.small()
        try resumed.load(contentsOf: url)
        #expect(resumed.step == 4)
        #expect(resumed.weights.joined().allSatisfy { $0.isFinite })
        // The weights are those of the step before; running statistics follow the forward pass.
        let other = TrainingEngine.small()
        try await other.run(until: 5)
        for (index, parameter) in engine.parameters.enumerated() where !parameter.isBuffer {
            #expect(engine.weights[index] == other.weights[index])
        }
    }

    @Test("With losses read seldom the first bad step is named, and no checkpoint comes after it")
    func seldom() async throws {
        let learner = SmallLearner()
        (learner.fault, learner.faultyStep) = (.loss, 6)
        let engine = TrainingEngine.small(learner)
        var (steps, saved): ([Int], [Int]) = ([], [])
        var callbacks = TrainingCallbacks()
        callbacks.lookInterval = 100
        callbacks.onProgress = { steps.append($0.step) }
        callbacks.checkpointInterval = 4
        callbacks.onCheckpoint = { saved.append($0) }
        let error = await #expect(throws: TrainingEngineError.self) { try await engine.run(callbacks) }
        guard case .diverged(step: 6, _, _, batch: "examples of step 6, part 0") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(steps == [1, 2, 3, 4, 5])
        #expect(saved == [4])
    }

    @Test("A cancelled task ends after its step; the state of that step continues")
    func cancelled() async throws {
        let whole = TrainingEngine.small()
        try await whole.run()
        let state = await Task { () -> StateDict? in
            let engine = TrainingEngine.small()
            var callbacks = TrainingCallbacks()
            callbacks.onProgress = { progress in
                if progress.step == 5 { withUnsafeCurrentTask { $0?.cancel() } }
            }
            await #expect(throws: CancellationError.self) { try await engine.run(callbacks) }
            #expect(engine.step == 5)
            return try? engine.stateDict()
        }.value
        let resumed = TrainingEngine.small()
        try resumed.load(try #require(state))
        try await resumed.run()
        #expect(resumed.weights == whole.weights)
    }
}
