internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

extension Specimen {
    static let settings: [(name: String, make: Maker)] = [
        ("configuration", { _ in try configuration() }),
        ("backbone", { _ in try backbone() }),
        ("presence", { _ in try presence() }),
    ]

    /// The calibration beside a decoder.
    private static func presence() throws -> Specimen {
        let samples = (0..<20).map { index in
            PresenceSample(
                signals: ["predicted IoU": Float(index % 7), "log area": Float(index)], isPresent: index % 2 == 0,
                classID: index % 3)
        }
        let calibration = try PresenceCalibration(
            fitting: samples,
            provenance: PresenceCalibration.Provenance(
                decoder: "0123", backbones: [BackboneRecord(name: "net", weights: "net.safetensors", sha256: "4567")],
                dataset: "shapes5i", listHash: "89", classes: ["ring", "cross"], episodeHash: "ab", settings: ["steps": "2"]))
        return Specimen(
            file: "model.presence.json", originals: [Array(try TextFile.json(calibration).utf8)],
            readers: [
                { url in
                    let decoder = url.deletingLastPathComponent().appendingPathComponent("model.safetensors")
                    guard let found = try PresenceCalibration.load(beside: decoder, sha256: "0123") else { throw Refused() }
                    guard (0...1).contains(found.presence(["predicted IoU": 3, "log area": 4])) else {
                        throw TortureError("a presence out of 0...1")
                    }
                }
            ])
    }

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
