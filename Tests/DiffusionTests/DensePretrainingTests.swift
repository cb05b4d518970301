internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// A small backbone that learns to name pixels resumes with the same bits and says what it refuses.
@Suite("Dense pretraining")
struct DensePretrainingTests {
    private func pretraining(_ change: (inout DensePretraining.Configuration) -> Void = { _ in }) async throws -> DensePretraining
    {
        var configuration = DensePretraining.Configuration()
        configuration.steps = 6
        configuration.batchSize = 2
        configuration.imageSize = 32
        change(&configuration)
        let backbone = try SmallModel.backbone()
        backbone.unfreeze()
        return try await DensePretraining(
            backbone: backbone, tasks: DensePretraining.Task.shapes5i, dataset: SmallModel.dataset, configuration: configuration)
    }

    @Test("A run that continues from a state has the bits of one that never stopped, running statistics included")
    func resume() async throws {
        let whole = try await pretraining()
        var losses: [Float] = []
        try await whole.run { losses.append($0.loss) }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let first = try await pretraining()
        try await first.run(until: 2)
        try first.saveState(to: url)
        let second = try await pretraining()
        try second.loadState(from: url)
        #expect(second.step == 2)
        var rest: [Float] = []
        try await second.run { rest.append($0.loss) }
        #expect(rest == Array(losses.dropFirst(2)))
        #expect(Safetensors.serialize(second.backbone.stateDict()) == Safetensors.serialize(whole.backbone.stateDict()))

        let other = try await pretraining { $0.weightDecay = 0.5 }
        let error = #expect(throws: TrainingEngineError.self) { try other.loadState(from: url) }
        #expect(error?.description.contains("weightDecay is 0.05") == true, "\(String(describing: error))")
    }

    @Test("The loss falls and the accuracy is a share")
    func learns() async throws {
        let training = try await pretraining {
            $0.steps = 60
            $0.batchSize = 4
        }
        var rows: [TrainingProgress] = []
        try await training.run { rows.append($0) }
        func mean(_ rows: ArraySlice<TrainingProgress>) -> Float { rows.map(\.loss).reduce(0, +) / Float(rows.count) }
        #expect(mean(rows.suffix(10)) < mean(rows.prefix(10)) * 0.8, "\(mean(rows.prefix(10))) to \(mean(rows.suffix(10)))")
        #expect(rows.allSatisfy { (0...1).contains($0.metrics[DensePretraining.accuracy] ?? -1) })
        #expect(rows.contains { ($0.metrics[DensePretraining.accuracy] ?? 0) > 0 })
    }
}
