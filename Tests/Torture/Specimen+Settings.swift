internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

extension Specimen {
    static let settings: [(name: String, make: Maker)] = [
        ("configuration", { _ in try configuration() }),
        ("backbone", { _ in try backbone() }),
    ]

    /// The settings of a training, up to the network that they describe.
    private static func configuration() throws -> Specimen {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let whole = try encoder.encode(TrainingSettings())
        let part = #"{"model": {"imageSize": 64, "decoder": {"channels": [8, 8, 16]}}, "training": {"steps": 4, "batchSize": 2}}"#
        return Specimen(
            file: "settings.json", originals: [[UInt8](whole), Array(part.utf8)],
            readers: [
                { url in
                    let text = try TextFile.read(url, expected: "settings")
                    let settings = try TrainingSettings().changed(byJSON: text, file: url.path, assignments: [])
                    _ = try settings.model.parts()
                    _ = try settings.model.makeDecoder(ParameterScope(.loading))
                }
            ])
    }

    private static func backbone() throws -> Specimen {
        let names = ["resnet50", "vgg16", "mobilenet_v2", "squeezenet1_1", "densenet121"]
        let known = names.filter(Backbones.names.contains) + Backbones.names.prefix(2)
        return Specimen(
            file: "net.json", originals: try known.map { try [UInt8](Backbones.description(named: $0).json()) },
            readers: [
                { url in
                    let description = try BackboneDescription(json: Data(contentsOf: url), source: url.path)
                    _ = try description.makeBackbone(ParameterScope(.loading))
                }
            ])
    }
}
