internal import PseudoLabel
internal import SegModels
internal import TensorCore

/// One step of SGD on all of PSPNet behind a dilated ResNet-50: both heads' cross-entropy at the photos' size.
final class SegmentationStep: Workload {
    private static let gradients: Set = [
        "main_classifier.weight", "cls.0.weight", "ppm.features.1.1.weight", "backbone.layer4.2.conv2.weight",
    ]

    private let network: PSPNet
    private let classifier: PixelClassifier
    private let auxiliary: PixelClassifier
    private let photos: Tensor
    private let labels: Tensor
    private let parameters: [Parameter]
    private var optimizer = SGD(learningRate: 1e-2, momentum: 0.9, weightDecay: 1e-4)

    init(_ inputs: Inputs, _ precision: Precision) throws {
        let scope = ParameterScope()
        let backbone = BackboneDescription(
            name: "resnet50", network: .resNet(.resNet50), preprocessing: .torchvision
        ).forDenseLabels
        network = try PSPNet(scope, backbone: backbone, precision: precision)
        classifier = PixelClassifier(scope["main_classifier"], channels: 512, classes: 16)
        auxiliary = PixelClassifier(scope["aux_classifier"], channels: 256, classes: 16)
        photos = try inputs.tensor("photos")
        labels = try inputs.tensor("labels")
        parameters = network.parameters
        try network.load(inputs.weights("network"))
    }

    func outputs() -> StateDict {
        let (first, gradients) = step()
        var state = results(["losses": Tensor([first, step().loss], shape: [2])])
        for parameter in parameters where Self.gradients.contains(parameter.path) {
            state["gradient." + parameter.path] = gradients[parameter]?.converted(to: .float32)
        }
        return state
    }

    func run() { _ = step() }

    private func step() -> (loss: Float, gradients: Gradients) {
        let (loss, gradients) = valueAndGradient { total() }
        optimizer.step(parameters, gradients: gradients)
        return (loss.scalar, gradients)
    }

    private func total() -> Tensor {
        let maps = network.maps(photos, train: true)
        let main = loss(classifier(maps.main))
        return maps.auxiliary.map { main + loss(auxiliary($0)) * 0.4 } ?? main
    }

    private func loss(_ scores: Tensor) -> Tensor {
        let size = Size2D(height: labels.shape[1], width: labels.shape[2])
        return scores.resized(to: size, alignCorners: true).crossEntropy(target: labels, ignoreIndex: -1)
    }
}
