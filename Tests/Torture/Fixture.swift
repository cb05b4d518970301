internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// A photo with its mask, photos that ask, and a tiny random model.
enum Fixture {
    static let queries = 6
    /// Their names.
    static let files =
        ["photo.jpg", "mask.png", "net.safetensors", "model.safetensors", Downloads.name] + (0..<queries).map { "query\($0).png" }

    static func write(to folder: URL) throws {
        try writePictures(folder)
        try Downloads(folder).write()
        let network = ResNet(block: .basic, blocks: [1, 1, 2], width: 8)
        let description = BackboneDescription(name: "tiny", network: .resNet(network), preprocessing: .torchvision)
        var state = try description.makeBackbone(ParameterScope(seed: 3)).stateDict()
        state.metadata[Backbones.metadataKey] = String(decoding: try description.json(), as: UTF8.self)
        try Safetensors.save(state, to: folder.appendingPathComponent("net.safetensors"))
        var configuration = DiffUpConfiguration()
        configuration.imageSize = 64
        configuration.decoder.resolution = 16
        configuration.decoder.channels = [8, 8, 16]
        configuration.decoder.embedding = 16
        configuration.decoder.sinusoid = 16
        configuration.sampling.steps = 2
        let decoder = try configuration.makeDecoder(ParameterScope(seed: 4))
        try DiffUpCheckpoint.save(decoder, configuration, to: folder.appendingPathComponent("model.safetensors"))
    }

    /// Bright squares on a dark ground.
    private static func writePictures(_ folder: URL) throws {
        let (height, width) = (80, 96)
        let inside = (0..<(height * width)).map { (20..<50).contains($0 / width) && (30..<70).contains($0 % width) }
        try BinaryMask(height: height, width: width, values: inside).save(to: folder.appendingPathComponent("mask.png"))
        func picture(_ shade: Int) -> RGBImage {
            let pixels = inside.flatMap { isInside -> [UInt8] in
                isInside ? [UInt8(200 - shade), 160, 120] : [30, 60, UInt8(40 + shade)]
            }
            return RGBImage(height: height, width: width, pixels: pixels)
        }
        try ImageFile.save(picture(0), to: folder.appendingPathComponent("photo.jpg"))
        for index in 0..<queries {
            try ImageFile.save(picture(index * 9), to: folder.appendingPathComponent("query\(index).png"))
        }
    }
}
