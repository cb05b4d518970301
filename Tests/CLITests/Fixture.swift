import Datasets
import Diffusion
import Foundation
import SegModels
import TensorCore

/// A photo, annotations of it and a tiny random model in a folder.
struct Fixture {
    let folder: TemporaryFolder

    /// - Parameter backboneName: what the network calls itself.
    init(backboneName: String = "tiny") throws {
        folder = try TemporaryFolder()
        try Self.writePictures(folder)
        try Self.writeModel(folder, backboneName)
    }

    /// A bright square on a dark ground, its mask, a mask of another size, an empty one, a cut photo, strokes.
    private static func writePictures(_ folder: TemporaryFolder) throws {
        let (width, height) = (96, 80)
        var photo = RGBImage(height: height, width: width, red: 30, green: 60, blue: 40)
        var mask = BinaryMask(height: height, width: width, values: Array(repeating: false, count: width * height))
        for y in 20..<50 {
            for x in 30..<70 {
                mask.values[y * width + x] = true
                for channel in 0..<3 { photo.pixels[(y * width + x) * 3 + channel] = UInt8(200 - 40 * channel) }
            }
        }
        try ImageFile.save(photo, to: folder.url.appendingPathComponent("photo.jpg"))
        try ImageFile.save(photo.flippedHorizontally(), to: folder.url.appendingPathComponent("query.png"))
        try mask.save(to: folder.url.appendingPathComponent("mask.png"))
        try mask.resized(height: 40, width: 40).save(to: folder.url.appendingPathComponent("small.png"))
        let empty = BinaryMask(height: height, width: width, values: mask.values.map { _ in false })
        try empty.save(to: folder.url.appendingPathComponent("empty.png"))
        let bytes = try Data(contentsOf: folder.url.appendingPathComponent("photo.jpg"))
        try bytes.prefix(bytes.count / 3).write(to: folder.url.appendingPathComponent("cut.jpg"))
        let strokes = #"{"scribbles": [{"points": [[35, 25], [60, 45]], "thickness": 3}]}"#
        try Data(strokes.utf8).write(to: folder.url.appendingPathComponent("strokes.json"))
        let shapes = """
            {"shapes": [{"label": "thing", "points": [[30, 20], [70, 50]], "shape_type": "rectangle"},
            {"label": "other", "points": [[1, 1], [9, 9]], "shape_type": "rectangle"}], "imagePath": "photo.jpg",
            "imageHeight": 80, "imageWidth": 96}
            """
        try Data(shapes.utf8).write(to: folder.url.appendingPathComponent("shapes.json"))
        try Data([0x50, 0x4B, 3, 4, 0, 0]).write(to: folder.url.appendingPathComponent("labels.zip"))
    }

    private static func writeModel(_ folder: TemporaryFolder, _ name: String) throws {
        let network = ResNet(block: .basic, blocks: [1, 1, 2], width: 8)
        let description = BackboneDescription(name: name, network: .resNet(network), preprocessing: .torchvision)
        let backbone = try description.makeBackbone(ParameterScope(seed: 3))
        var state = backbone.stateDict()
        state.metadata[Backbones.metadataKey] = String(decoding: try description.json(), as: UTF8.self)
        try Safetensors.save(state, to: folder.url.appendingPathComponent("net.safetensors"))
        let decoder = try configuration.makeDecoder(ParameterScope(seed: 4))
        try DiffUpCheckpoint.save(decoder, configuration, to: folder.url.appendingPathComponent("model.safetensors"))
    }

    private static var configuration: DiffUpConfiguration {
        var configuration = DiffUpConfiguration()
        configuration.imageSize = 64
        configuration.decoder.resolution = 16
        configuration.decoder.channels = [8, 8, 16]
        configuration.decoder.embedding = 16
        configuration.decoder.sinusoid = 16
        configuration.sampling.steps = 2
        return configuration
    }

    /// The same decoder as `--set` options of a training.
    static let smallDecoder = [
        "model.imageSize=64", "model.decoder.resolution=16", "model.decoder.channels=[8,8,16]", "model.decoder.embedding=16",
        "model.decoder.sinusoid=16", "model.sampling.steps=2", "training.batchSize=2",
    ].flatMap { ["--set", $0] }

    /// The options that name the model.
    var model: [String] { ["--backbone", folder["net.safetensors"], "--checkpoint", folder["model.safetensors"]] }

    /// Runs the tool in the folder.
    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> CommandLineTool.Result {
        try CommandLineTool.run(arguments, in: folder.url, environment: environment)
    }
}
