import Foundation
import TensorCore
import Testing

/// A run that is saved and resumed ends with the bits of one that was not interrupted.
@Suite struct ResumeTests {
    private func values(_ run: OptimizerRun) -> [[UInt32]] {
        run.parameters.map { $0.value.scalars.map(\.bitPattern) }
    }

    private func check(_ make: () -> any Optimizer) throws {
        let whole = try OptimizerRun()
        var uninterrupted = make()
        for step in 0..<10 { uninterrupted.step(whole.parameters, gradients: try whole.gradients(at: step)) }

        let first = try OptimizerRun()
        var before = make()
        for step in 0..<4 { before.step(first.parameters, gradients: try first.gradients(at: step)) }
        let saved = try Safetensors.parse(Safetensors.serialize(before.stateDict()), source: "optimizer")

        let second = try OptimizerRun()
        for (target, source) in zip(second.parameters, first.parameters) { target.value = source.value }
        var after = make()
        try after.load(saved)
        for step in 4..<10 { after.step(second.parameters, gradients: try second.gradients(at: step)) }
        #expect(values(second) == values(whole))

        let fresh = try OptimizerRun()
        for (target, source) in zip(fresh.parameters, first.parameters) { target.value = source.value }
        var forgetful = make()
        for step in 4..<10 { forgetful.step(fresh.parameters, gradients: try fresh.gradients(at: step)) }
        #expect(values(fresh) != values(whole), "the saved state makes no difference")
    }

    @Test func sgd() throws {
        try check { SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true) }
    }

    @Test func adam() throws {
        try check { Adam(learningRate: 0.01) }
    }

    @Test func adamW() throws {
        try check { Adam.adamW(learningRate: 0.01, weightDecay: 0.1) }
    }

    @Test func incompleteStateIsRefused() throws {
        let run = try OptimizerRun()
        var optimizer = Adam()
        optimizer.step(run.parameters, gradients: try run.gradients(at: 0))
        for field in ["exp_avg_sq", "step"] {
            var state = optimizer.stateDict()
            state["weight." + field] = nil
            let error = #expect(throws: CheckpointError.self) {
                var other = Adam()
                try other.load(state)
            }
            #expect(error?.description.contains("key \"weight") == true)
        }
    }

    @Test func aFailedLoadChangesNothing() throws {
        let run = try OptimizerRun()
        var optimizer = Adam()
        optimizer.step(run.parameters, gradients: try run.gradients(at: 0))
        let before = Safetensors.serialize(optimizer.stateDict())
        var broken = optimizer.stateDict()
        broken["weight.step"] = nil
        #expect(throws: CheckpointError.self) { try optimizer.load(broken) }
        #expect(Safetensors.serialize(optimizer.stateDict()) == before)
    }

    @Test func stateOfAnotherShapeIsRefused() throws {
        let run = try OptimizerRun()
        let gradients = try run.gradients(at: 0)
        for made in [Adam(), SGD(learningRate: 0.1, momentum: 0.9)] as [any Optimizer] {
            var optimizer = made
            optimizer.step(run.parameters, gradients: gradients)
            var state = optimizer.stateDict()
            for name in state.names where name.hasPrefix("weight.") && !name.hasSuffix(".step") {
                state[name] = Tensor(zeros: [4, 3])
            }
            let error = #expect(throws: CheckpointError.self) { try optimizer.load(state, for: run.parameters) }
            let message = error?.description ?? ""
            #expect(message.contains("weight") && message.contains("[4, 3]") && message.contains("[3, 4]"))
        }
    }

    @Test("Adam's settings survive JSON and make the same optimizer")
    func adamSettings() throws {
        let settings = Adam.Settings(learningRate: 0.02, beta2: 0.95, decay: .decoupled(0.1), decaysVectors: false)
        let read = try JSONDecoder().decode(Adam.Settings.self, from: JSONEncoder().encode(settings))
        #expect(read == settings && Adam(read).settings == settings)
        #expect(Adam().settings == Adam.Settings())
        let (one, other) = (try OptimizerRun(), try OptimizerRun())
        var direct = Adam(learningRate: 0.02, betas: (0.9, 0.95), decay: .decoupled(0.1), decaysVectors: false)
        var described = Adam(read)
        for step in 0..<3 {
            direct.step(one.parameters, gradients: try one.gradients(at: step))
            described.step(other.parameters, gradients: try other.gradients(at: step))
        }
        #expect(values(one) == values(other))
    }
}
