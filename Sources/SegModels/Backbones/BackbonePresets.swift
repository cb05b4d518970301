internal import TensorCore

/// A built-in description and the usual name of its weights' file.
struct BackbonePreset: Sendable {
    var fileName: String
    var description: BackboneDescription

    private init(_ name: String, _ fileName: String, _ network: NetworkConfiguration, _ preprocessing: Preprocessing) {
        self.fileName = fileName + ".safetensors"
        description = BackboneDescription(name: name, network: network, preprocessing: preprocessing)
    }

    static let all: [BackbonePreset] = converted + torchvision

    /// Networks that other frameworks trained.
    private static let converted: [BackbonePreset] = [
        BackbonePreset(
            "resnet50-v1-caffe", "resnet50_imagenet_keras_to_layer3",
            .resNet(ResNetConfiguration(block: .bottleneck, blocks: [3, 4, 6], stridePlacement: .conv1)), .caffe),
        BackbonePreset(
            "densenet169-keras", "densenet169_imagenet_keras_features",
            .denseNet(DenseNetConfiguration(blocks: [6, 12, 32, 32])), .torchvision),
        BackbonePreset(
            "mobilenet_v2-keras", "mobilenet_v2_imagenet_keras_int8deq",
            .mobileNetV2(MobileNetV2Configuration(padding: .tensorFlow, classes: 1000)), .tensorFlow),
        BackbonePreset(
            "squeezenet1_0-caffe", "squeezenet1_0_imagenet",
            .squeezeNet(SqueezeNetConfiguration(version: .v1_0, classes: 1000)), .caffeRounded),
        BackbonePreset(
            "squeezenet1_1-keras", "squeezenet1_1_imagenet_features",
            .squeezeNet(SqueezeNetConfiguration(version: .v1_1)), .caffe),
    ]

    /// Torchvision's own.
    private static let torchvision: [BackbonePreset] = [
        BackbonePreset("resnet18-torchvision", "resnet18", .resNet(.resNet18), .torchvision),
        BackbonePreset("resnet34-torchvision", "resnet34", .resNet(.resNet34), .torchvision),
        BackbonePreset("resnet50-torchvision", "resnet50", .resNet(.resNet50), .torchvision),
        BackbonePreset("resnet101-torchvision", "resnet101", .resNet(.resNet101), .torchvision),
        BackbonePreset("resnet152-torchvision", "resnet152", .resNet(.resNet152), .torchvision),
        BackbonePreset("densenet121-torchvision", "densenet121", .denseNet(.denseNet121), .torchvision),
        BackbonePreset("densenet169-torchvision", "densenet169", .denseNet(.denseNet169), .torchvision),
        BackbonePreset("densenet201-torchvision", "densenet201", .denseNet(.denseNet201), .torchvision),
        BackbonePreset(
            "mobilenet_v2-torchvision", "mobilenet_v2", .mobileNetV2(MobileNetV2Configuration(classes: 1000)), .torchvision),
        BackbonePreset(
            "squeezenet1_0-torchvision", "squeezenet1_0",
            .squeezeNet(SqueezeNetConfiguration(version: .v1_0, classes: 1000)), .torchvision),
        BackbonePreset(
            "squeezenet1_1-torchvision", "squeezenet1_1",
            .squeezeNet(SqueezeNetConfiguration(version: .v1_1, classes: 1000)), .torchvision),
        BackbonePreset("vgg16-torchvision", "vgg16_features", .vgg(.vgg16), .torchvision),
    ]
}
