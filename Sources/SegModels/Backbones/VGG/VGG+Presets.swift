extension VGG {
    public static let presets = [
        BackbonePreset("vgg16-torchvision", fileName: "vgg16_features", vgg16, .torchvision),
        BackbonePreset("vgg16-classifier-torchvision", fileName: "vgg16-397923af", vgg16.classifying(1000), .torchvision),
        BackbonePreset("vgg16_bn-torchvision", fileName: "vgg16_bn-6c64b313", vgg16BN.classifying(1000), .torchvision),
        BackbonePreset("vgg16_bn-pfenet", fileName: "vgg16_bn", vgg16BN.classifying(1000).roundingUp(), .torchvision),
    ]

    /// Gaps between the numbers of convolutions tell where poolings are; how these round does not show.
    public static func detected(in weights: WeightsIndex) -> [VGG] {
        var found = VGG(groups: [[]], usesBatchNorm: weights["features.1.running_mean"] != nil)
        var index = 0
        while let width = weights.outputs(of: "features.\(index)") {
            found.groups[found.groups.count - 1].append(width)
            index += found.step
            guard weights.outputs(of: "features.\(index)") == nil else { continue }
            index += 1
            if weights.outputs(of: "features.\(index)") != nil { found.groups.append([]) }
        }
        found.classes = weights.outputs(of: "classifier.6")
        let hidden = weights.outputs(of: "classifier.0")
        found.hidden = hidden == VGG.publishedHidden ? nil : hidden
        return [found, found.roundingUp()]
    }

    /// The same network with the classifier of `classes`.
    func classifying(_ classes: Int) -> VGG {
        var result = self
        result.classes = classes
        return result
    }

    /// The same network with poolings that round up.
    func roundingUp() -> VGG {
        var result = self
        result.ceilMode = true
        return result
    }
}

extension NetworkConfiguration {
    /// A VGG.
    public static func vgg(_ shape: VGG) -> NetworkConfiguration { NetworkConfiguration(shape) }
}
