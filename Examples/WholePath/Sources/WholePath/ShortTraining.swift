import Datasets
import Diffusion
import SegModels
import TensorCore

/// A backbone and a decoder trained from nothing on the base classes of fold 0, in minutes.
struct ShortTraining {
    private let dataset = Shapes5iDataset(Shapes5i(imageSize: 128, imagesPerClass: 12), split: .train, fold: 0)

    func model() async throws -> DiffUp {
        let backbone = try await backbone()
        let configuration = Self.configuration
        let decoder = try await decoder(behind: backbone, configuration)
        return DiffUp(backbone: backbone, decoder: decoder, configuration: configuration)
    }

    /// Smaller than the default in every respect.
    private static var configuration: DiffUpConfiguration {
        var model = DiffUpConfiguration()
        model.imageSize = 128
        model.decoder.resolution = 32
        model.decoder.channels = [16, 32, 64]
        model.decoder.embedding = 128
        model.matchDecoder()
        return model
    }

    private func backbone() async throws -> any Backbone {
        let description = BackboneDescription(
            name: "tiny", network: .resNet(.tiny(width: 16, blocks: [1, 1, 2])), preprocessing: .torchvision)
        let backbone = try description.makeBackbone()
        var settings = DensePretraining.Configuration()
        settings.steps = 200
        settings.batchSize = 8
        settings.imageSize = 96
        let pretraining = try DensePretraining(
            backbone: backbone, tasks: DensePretraining.Task.shapes5i, dataset: dataset, configuration: settings)
        try await pretraining.run { progress in
            if progress.step % 50 == 0 { print("backbone step \(progress.step): loss \(progress.loss)") }
        }
        backbone.freeze()
        return backbone
    }

    private func decoder(behind backbone: any Backbone, _ configuration: DiffUpConfiguration) async throws -> UQDD {
        var training = TrainingConfiguration()
        training.steps = 150
        training.supportsPerQuery = 2
        let extractor = PriorExtractor(backbone: backbone, configuration: configuration)
        let bank = try PriorBank(dataset, items: dataset.items, extractor: extractor, training)
        let trainer = DiffUpTrainer(bank: bank, model: configuration, training: training)
        try await trainer.run { progress in
            if progress.step % 50 == 0 { print("decoder step \(progress.step): loss \(progress.loss)") }
        }
        let averaged = UQDD(ParameterScope(), configuration.decoder)
        try averaged.load(trainer.withAveragedWeights { $0.stateDict() })
        averaged.freeze()
        return averaged
    }
}
