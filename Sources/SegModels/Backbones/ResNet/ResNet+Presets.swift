extension ResNet {
    public static let presets = [
        BackbonePreset(
            "resnet50-v1-caffe", fileName: "resnet50_imagenet_keras_to_layer3",
            ResNet(block: .bottleneck, blocks: [3, 4, 6], stridePlacement: .conv1), .caffe),
        BackbonePreset("resnet18-torchvision", fileName: "resnet18", resNet18, .torchvision),
        BackbonePreset("resnet34-torchvision", fileName: "resnet34", resNet34, .torchvision),
        BackbonePreset("resnet50-torchvision", fileName: "resnet50", resNet50, .torchvision),
        BackbonePreset("resnet101-torchvision", fileName: "resnet101", resNet101, .torchvision),
        BackbonePreset("resnet152-torchvision", fileName: "resnet152", resNet152, .torchvision),
        // torchvision's second weights are the same networks, trained longer.
        BackbonePreset("resnet50-torchvision-v2", fileName: "resnet50-11ad3fa6", resNet50, .torchvision),
        BackbonePreset("resnet101-torchvision-v2", fileName: "resnet101-cd907fc2", resNet101, .torchvision),
        BackbonePreset("resnet152-torchvision-v2", fileName: "resnet152-f82ba261", resNet152, .torchvision),
        BackbonePreset("resnet50-pfenet", fileName: "resnet50_v2", resNet50Dilated, .torchvision),
        BackbonePreset("resnet101-pfenet", fileName: "resnet101_v2", resNet101Dilated, .torchvision),
    ]

    /// Both places of the stride fit the same tensors, and with a deep stem both resolutions.
    public static func detected(in weights: WeightsIndex) -> [ResNet] {
        guard let width = weights.outputs(of: "conv1") else { return [] }
        let block: Block = weights["layer1.0.conv3.weight"] == nil ? .basic : .bottleneck
        let blocks = (1...4).map { layer in weights.count { "layer\(layer).\($0).conv1.weight" } }.prefix { $0 > 0 }
        let classes = weights.outputs(of: "fc")
        if weights["conv3.weight"] != nil {
            let dilated = ResNet(
                block: block, blocks: Array(blocks), width: width, classes: classes, stem: .deep,
                dilations: Array([1, 1, 2, 4].prefix(blocks.count)))
            var strided = dilated
            strided.dilations = nil
            return [dilated, strided]
        }
        return [StridePlacement.conv2, .conv1].map { place in
            ResNet(block: block, blocks: Array(blocks), width: width, stridePlacement: place, classes: classes)
        }
    }
}

extension NetworkConfiguration {
    /// A ResNet.
    public static func resNet(_ shape: ResNet) -> NetworkConfiguration { NetworkConfiguration(shape) }
}
