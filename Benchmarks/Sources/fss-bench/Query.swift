internal import Diffusion
internal import SegModels
internal import TensorCore

/// One query end to end: features of the query and of four support views, priors, conditions, 50 DDIM steps of an ensemble of
/// five. Photos are decoded and resized, edges are detected before: both sides get them.
struct Query: Workload {
    private let configuration: DiffUpConfiguration
    private let backbone: StagedNetwork
    private let decoder: UQDD
    private let baft: BAFT
    private let builder: ConditionBuilder
    private let sampler: DDIMSampler
    private let precision: Precision
    private let photo: Tensor
    private let views: Tensor
    private let masks: Tensor
    private let edges: Tensor
    private let image: Tensor
    private let noise: Tensor

    init(_ inputs: Inputs, _ precision: Precision) throws {
        self.precision = precision
        let configuration = DiffUpConfiguration()
        self.configuration = configuration
        backbone = try StagedNetwork(
            ParameterScope(), ResNet.resNet50.endingAfterLayer(3), BackboneSettings(name: "resnet50", precision: precision))
        try backbone.load(inputs.weights("backbone"))
        backbone.freeze()
        decoder = UQDD(ParameterScope(), configuration.decoder)
        try decoder.load(inputs.weights("decoder"))
        decoder.freeze()
        baft = BAFT(configuration.priors, affinity: configuration.affinity)
        builder = ConditionBuilder(configuration)
        sampler = DDIMSampler(
            schedule: configuration.process.schedule, steps: 50, prediction: configuration.process.prediction)
        (photo, views, masks) = (try inputs.tensor("photo"), try inputs.tensor("views"), try inputs.tensor("masks"))
        (edges, image, noise) = (try inputs.tensor("edges"), try inputs.tensor("image"), try inputs.tensor("noise"))
    }

    func outputs() -> StateDict {
        let (conditions, mask) = segmented()
        var state = results(["mask": mask])
        for (level, map) in conditions.enumerated() { state["condition\(level)"] = map.converted(to: .float32) }
        return state
    }

    func run() { _ = segmented().mask.scalars }

    private func segmented() -> (conditions: [Tensor], mask: Tensor) {
        withoutGradients {
            let query = backbone.features(photo).map { QueryFeatures($0) }
            let supports = backbone.features(views)
            let priors = zip(supports, query).map { baft(prototypes($0), $1) }
            let conditions = builder.conditions(normalized: builder.normalizedPriors(priors), edges: edges)
            return (conditions, drawn(conditions))
        }
    }

    private func prototypes(_ maps: Tensor) -> Prototypes {
        .joined(
            (0..<maps.shape[0]).map { view in
                Prototypes(
                    pooling: maps.sliced(axis: 0, from: view, count: 1), mask: masks.sliced(axis: 0, from: view, count: 1))
            })
    }

    private func drawn(_ conditions: [Tensor]) -> Tensor {
        let (count, type) = (noise.shape[0], precision.activations)
        let maps = decoder.conditionMaps(conditions.map { $0.converted(to: type) })
        let images = image.broadcast(to: image.shape.replacing(axis: 0, with: count)).converted(to: type)
        var random = TorchRandom(seed: 0)
        let clean = sampler.sample(noise: noise, random: &random) { x, t in
            let timesteps = Tensor(repeating: Double(t), shape: [count], dtype: .int64)
            return decoder(x.converted(to: type), timesteps: timesteps, maps: maps, image: images).prediction
        }
        return (clean.mean(axes: [0], keepingDimensions: true) + 1) * 0.5
    }
}
