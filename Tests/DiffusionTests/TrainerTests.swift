internal import Datasets
@testable internal import Diffusion
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
    func resume() async throws {
        let examples = try SmallModel.examples()
        let whole = try DiffUpTrainer(examples, model: SmallModel.configuration, training: SmallModel.training)
        try await whole.run()

        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let first = try DiffUpTrainer(examples, model: SmallModel.configuration, training: SmallModel.training)
        try await first.run(until: 3)
        try first.saveState(to: url)
        let second = try DiffUpTrainer(examples, model: SmallModel.configuration, training: SmallModel.training)
        try second.loadState(from: url)
        #expect(second.step == 3)
        try await second.run()

        #expect(weights(second) == weights(whole))
        let averages = [whole, second].map { $0.withAveragedWeights { $0.parameters.map { $0.value.detached().scalars } } }
        #expect(averages[0] == averages[1])
    }

    @Test("The loss falls")
    func learns() async throws {
        var training = SmallModel.training
        training.steps = 60
        training.learningRate = 3e-3
        let trainer = try DiffUpTrainer(SmallModel.examples(), model: SmallModel.configuration, training: training)
        var losses: [Float] = []
        try await trainer.run { losses.append($0.loss) }
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
        let error = #expect(throws: TrainingEngineError.self) { try trainer.loadState(from: url) }
        #expect(error?.description.contains("training.batchSize is 2, expected 3") == true, "\(String(describing: error))")
    }

    @Test("A saved model loads behind a backbone and answers as it did in training")
    func model() async throws {
        let trainer = try DiffUpTrainer(
            SmallModel.examples(), model: SmallModel.configuration, training: SmallModel.training)
        try await trainer.run()
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

    @Test("The decoder's losses are those of the loop that one would write, bit for bit")
    func loop() async throws {
        let (model, training) = (SmallModel.configuration, SmallModel.training)
        let sampler = try self.sampler()
        let trainer = try DiffUpTrainer(sampler.examples, model: model, training: training)
        var rows: [TrainingProgress] = []
        try await trainer.run { rows.append($0) }

        let decoder = try model.makeDecoder(ParameterScope(seed: training.seed))
        let loss = DiffUpLoss(process: model.process.process, training: training)
        var optimizer = Adam(learningRate: 1, betas: (0.9, training.beta2), decay: .decoupled(0.01), decaysVectors: false)
        for row in rows {
            var random = TorchRandom(seed: Self.seed(of: row.step - 1))
            let batch = try withoutGradients { try sampler.batch(&random) }
            let (value, gradients) = valueAndGradient { loss(decoder, batch, &random) }
            optimizer.learningRate = row.learningRate
            let norm = optimizer.step(decoder.parameters, gradients: gradients, clippingTo: 1)
            #expect(row.loss == value.scalar && row.gradientNorm == norm.scalar)
        }
        #expect(rows.count == training.steps)
        #expect(weights(trainer) == withoutGradients { decoder.parameters.map { $0.value.scalars } })
    }

    /// MurmurHash3's finaliser over seed 0 and the step.
    private static func seed(of step: Int) -> UInt64 {
        var hash = UInt32(step)
        hash = (hash ^ (hash >> 16)) &* 0x85eb_ca6b
        hash = (hash ^ (hash >> 13)) &* 0xc2b2_ae35
        return UInt64(hash ^ (hash >> 16))
    }

    private func sampler() throws -> TrainingSampler {
        TrainingSampler(
            examples: try SmallModel.examples(),
            builder: ConditionBuilder(
                try SmallModel.configuration.parts(), resolution: SmallModel.configuration.decoder.resolution),
            training: SmallModel.training)
    }

    @Test("A loss that is no number names the queries of its batch")
    func diverged() async throws {
        let sampler = try sampler()
        var names: [String] = []
        let trainer = try DiffUpTrainer(model: SmallModel.configuration, training: SmallModel.training) { random in
            var batch = try sampler.batch(&random)
            if names.count == 2 { batch.truth = batch.truth * Float.nan }
            names.append(batch.names.joined(separator: ", "))
            return batch
        }
        let error = await #expect(throws: TrainingEngineError.self) { try await trainer.run() }
        #expect(trainer.step == 2)
        #expect(error?.description.contains("step 3") == true)
        #expect(error?.description.contains(names[2]) == true && !names[2].isEmpty)
    }
}
