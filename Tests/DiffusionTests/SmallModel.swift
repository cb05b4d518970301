internal import Datasets
internal import Diffusion
internal import SegModels
internal import TensorCore

/// A model of a few thousand weights on drawn images, small enough for debug builds.
enum SmallModel {
    static var configuration: DiffUpConfiguration {
        var configuration = DiffUpConfiguration()
        configuration.imageSize = 64
        configuration.decoder.resolution = 16
        configuration.decoder.channels = [8, 8, 16]
        configuration.decoder.embedding = 16
        configuration.decoder.sinusoid = 8
        configuration.decoder.groups = 4
        configuration.decoder.heads = 2
        configuration.sampling.steps = 2
        configuration.sampling.ensemble = 2
        return configuration
    }

    static func backbone(width: Int = 8, seed: UInt64 = 1) throws -> any Backbone {
        let description = BackboneDescription(
            name: "small", network: .resNet(.tiny(width: width, blocks: [1, 1, 2])), preprocessing: .torchvision)
        let backbone = try description.makeBackbone(ParameterScope(seed: seed), precision: .float32)
        backbone.freeze()
        return backbone
    }

    static let shapes = Shapes5i(imageSize: 64, imagesPerClass: 2)
    static let dataset = Shapes5iDataset(shapes, split: .train, fold: 0)

    /// The first items of the first two classes.
    static var items: [DatasetItem] {
        let classes = Set(dataset.classes.prefix(2).map(\.id))
        return dataset.items.filter { classes.contains($0.classID) }
    }

    static var training: TrainingConfiguration {
        var training = TrainingConfiguration()
        training.steps = 6
        training.warmUpSteps = 2
        training.batchSize = 2
        training.annotations = [.mask, .box]
        training.multiShotProbability = 0.5
        return training
    }

    static func examples(store: FeatureStore = FeatureStore()) throws -> TrainingExamples {
        let extractor = PriorExtractor(backbone: try backbone(), parts: try configuration.parts(), cacheCapacity: 0)
        return TrainingExamples(
            dataset, items: items, extractor: extractor, training, resolution: configuration.decoder.resolution, store: store)
    }

    /// The model with weights that hide nothing.
    static func model(_ configuration: DiffUpConfiguration = configuration) throws -> DiffUp {
        let decoder = try configuration.makeDecoder(ParameterScope())
        Formulas.randomise(decoder)
        decoder.freeze()
        return try DiffUp(backbone: backbone(), denoiser: decoder, parts: configuration.parts())
    }

    static func episode(_ rule: AnnotationRule = .mask, shots: Int = 1) throws -> Episode {
        let items = dataset.items.filter { $0.classID == dataset.classes[0].id }
        let supports = (0..<shots).map { items[1 + $0 % (items.count - 1)].id }
        let reference = EpisodeReference(query: items[0].id, classID: items[0].classID, supports: supports)
        return try EpisodeLoader(dataset: dataset, annotationRule: rule).load(reference).episode
    }
}
