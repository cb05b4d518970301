internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Training resumes with the same bits, learns, and refuses what does not belong to it.
@Suite("Trainer")
struct TrainerTests {
    private func weights(_ trainer: DiffUpTrainer) -> [[Float]] {
        withoutGradients { trainer.decoder.parameters.map { $0.value.scalars } }
    }

    @Test("A run that continues from a checkpoint has the bits of one that never stopped")
    func resume() throws {
        let examples = try SmallModel.examples()
        let whole = try DiffUpTrainer(examples, model: SmallModel.configuration, training: SmallModel.training)
        try whole.run { _ in true }

        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let first = try DiffUpTrainer(examples, model: SmallModel.configuration, training: SmallModel.training)
        try first.run { $0.step < 3 }
        try first.saveState(to: url)
        let second = try DiffUpTrainer(examples, model: SmallModel.configuration, training: SmallModel.training)
        try second.loadState(from: url)
        #expect(second.step == 3)
        try second.run { _ in true }

        #expect(weights(second) == weights(whole))
        let averages = [whole, second].map { $0.withAveragedWeights { $0.parameters.map { $0.value.detached().scalars } } }
        #expect(averages[0] == averages[1])
    }

    @Test("The loss falls")
    func learns() throws {
        var training = SmallModel.training
        training.steps = 60
        training.learningRate = 3e-3
        let trainer = try DiffUpTrainer(try SmallModel.examples(), model: SmallModel.configuration, training: training)
        var losses: [Float] = []
        try trainer.run {
            losses.append($0.loss)
            return true
        }
        let (early, late) = (losses.prefix(15).reduce(0, +) / 15, losses.suffix(15).reduce(0, +) / 15)
        #expect(late < early * 0.8, "\(early) to \(late)")
    }

    @Test("A checkpoint of other settings is refused")
    func otherRun() throws {
        let examples = try SmallModel.examples()
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try DiffUpTrainer(examples, model: SmallModel.configuration, training: SmallModel.training).saveState(to: url)
        var other = SmallModel.training
        other.batchSize = 3
        let trainer = try DiffUpTrainer(examples, model: SmallModel.configuration, training: other)
        #expect(throws: TrainingError.self) { try trainer.loadState(from: url) }
    }

    @Test("A saved model loads behind a backbone and answers as it did in training")
    func model() throws {
        let trainer = try DiffUpTrainer(
            SmallModel.examples(), model: SmallModel.configuration, training: SmallModel.training)
        try trainer.run { _ in true }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try trainer.saveModel(to: url)
        let backbone = try SmallModel.backbone()
        let loaded = try DiffUpCheckpoint(contentsOf: url).model(behind: backbone).segment(SmallModel.episode())
        let direct = try trainer.withAveragedWeights { decoder in
            try DiffUp(backbone: backbone, denoiser: decoder, parts: SmallModel.configuration.parts()).segment(
                SmallModel.episode())
        }
        #expect(loaded == direct)
    }
}
