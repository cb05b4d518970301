internal import SegModels
internal import TensorCore

/// Photos to class scores.
struct ResNetForward: Workload {
    private let network: StagedNetwork
    private let photos: Tensor

    init(_ inputs: Inputs, _ precision: Precision) throws {
        photos = try inputs.tensor("photos")
        network = try StagedNetwork(ParameterScope(), ResNet.resNet50, BackboneSettings(name: "resnet50", precision: precision))
        try network.load(inputs.weights("backbone"))
        network.freeze()
    }

    func outputs() -> StateDict { results(["logits": withoutGradients { network.logits(photos) }]) }
    func run() { _ = withoutGradients { network.logits(photos) } }
}
