extension DenseNet {
    public static let presets = [
        BackbonePreset(
            "densenet169-keras", fileName: "densenet169_imagenet_keras_features", DenseNet(blocks: [6, 12, 32, 32]), .torchvision),
        BackbonePreset("densenet121-torchvision", fileName: "densenet121", denseNet121, .torchvision),
        BackbonePreset("densenet169-torchvision", fileName: "densenet169", denseNet169, .torchvision),
        BackbonePreset("densenet201-torchvision", fileName: "densenet201", denseNet201, .torchvision),
    ]

    public static func detected(in weights: WeightsIndex) -> [DenseNet] {
        let first = "features.denseblock1.denselayer1"
        guard let stem = weights.outputs(of: "features.conv0"), let width = weights.outputs(of: first + ".conv1"),
            let growth = weights.outputs(of: first + ".conv2"), growth > 0
        else { return [] }
        let blocks = (1...8).map { block in
            weights.count { "features.denseblock\(block).denselayer\($0 + 1).conv1.weight" }
        }
        let found = DenseNet(
            blocks: Array(blocks.prefix { $0 > 0 }), growthRate: growth, stemChannels: stem, bottleneckFactor: width / growth,
            classes: weights.outputs(of: "classifier"))
        return [found]
    }
}

extension NetworkConfiguration {
    /// A DenseNet.
    public static func denseNet(_ shape: DenseNet) -> NetworkConfiguration { NetworkConfiguration(shape) }
}
