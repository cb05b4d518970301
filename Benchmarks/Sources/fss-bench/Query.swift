internal import Diffusion
internal import SegModels
internal import TensorCore

/// One query end to end: features of the query and of four support views, priors, conditions, 50 DDIM steps of an ensemble of
/// five. Photos are decoded and resized, edges are detected before: both sides get them.
struct Query: Workload {
    private let backbone: StagedNetwork
    private let decoder: UQDD
    private let baft: BAFT
    private let builder: ConditionBuilder
    private let process: DiffusionProcess
    private let sampler = DDIMSampler(steps: 50)
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
        backbone = try StagedNetwork(
            ParameterScope(), ResNet.resNet50.endingAfterLayer(3), BackboneSettings(name: "resnet50", precision: precision))
        try backbone.load(inputs.weights("backbone"))
        backbone.freeze()
        decoder = try configuration.makeDecoder(ParameterScope())
        try decoder.load(inputs.weights("decoder"))
        decoder.freeze()
        baft = try BAFT(configuration.priors, affinity: configuration.affinity)
        builder = ConditionBuilder(try configuration.parts(), resolution: configuration.decoder.resolution)
        process = configuration.process.process
        (photo, views, masks) = (try inputs.tensor("photo"), try inputs.tensor("views"), try inputs.tensor("masks"))
        (edges, image, noise) = (try inputs.tensor("edges"), try inputs.tensor("image"), try inputs.tensor("noise"))
    }

    func outputs() throws -> StateDict {
        let (conditions, mask) = try segmented()
        var state = results(["mask": mask])
        for (level, map) in conditions.enumerated() { state["condition\(level)"] = map.converted(to: .float32) }
        return state
    }

    func run() throws { _ = try segmented().mask.scalars }

    private func segmented() throws -> (conditions: [Tensor], mask: Tensor) {
        try withoutGradients {
            let query = backbone.features(photo).map { QueryFeatures($0) }
            let supports = backbone.features(views)
            let priors = zip(supports, query).map { baft(prototypes($0), $1) }
            let conditions = builder.conditions(
                normalized: builder.normalizedPriors(priors), QueryInformation(image: image, maps: edges))
            return (conditions.levels, try drawn(conditions))
        }
    }

    private func prototypes(_ maps: Tensor) -> Prototypes {
        .joined(
            (0..<maps.shape[0]).map { view in
                Prototypes(
                    pooling: maps.sliced(axis: 0, from: view, count: 1), mask: masks.sliced(axis: 0, from: view, count: 1))
            })
    }

    private func drawn(_ conditions: MaskConditions) throws -> Tensor {
        let count = noise.shape[0]
        let prepared = decoder.prepared(for: conditions, precision: precision)
        var random = TorchRandom(seed: 0)
        let clean = try sampler.sample(
            process, noise: noise, expectation: nil, random: &random, onStep: { _ in },
            denoise: { x, t in
                prepared(x, timesteps: Tensor(repeating: Double(t), shape: [count], dtype: .int64)).prediction
            })
        return (clean.mean(axes: [0], keepingDimensions: true) + 1) * 0.5
    }
}
