internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Real ImageNet weights against torchvision with the same file, on a synthetic image.
@Suite(
    "Backbones with real weights",
    .enabled(if: SharedData.has("weights", for: "Backbones with real weights"), "needs the published weights"))
struct BackboneWeightsTests {
    static let names = [
        "resnet50-v1-caffe", "densenet169-keras", "mobilenet_v2-keras", "squeezenet1_0-caffe", "squeezenet1_1-keras",
    ]

    @Test("Features and scores are torchvision's", arguments: names)
    func parity(_ name: String) throws {
        let folder = SharedData.url("weights")
        let golden = try BackboneFixtures.golden("real")
        let loaded = try Backbones.load(name: name, weights: folder)
        #expect(loaded.weightsFile.hasSuffix(try Backbones.fileName(of: name)))
        #expect(loaded.weightsSHA256.count == 64)
        #expect(loaded.backbone.trainableCount == 0)
        let image = BackboneFixtures.formulaImages(1, 96, 128)
        for (index, map) in loaded.backbone.features(image).enumerated() {
            let shape = try #require(golden["\(name).shape\(index)"]).integers.map { Int($0) }
            #expect(Array(map.shape) == shape)
            BackboneFixtures.expectEqual(
                Self.sampled(map), try #require(golden["\(name).level\(index)"]), loaded.backbone.levels[index].tap)
        }
        let classifier = try #require(loaded.backbone as? any ImageClassifier)
        guard classifier.classCount != nil else { return }
        let scores = try #require(golden["\(name).logits"])
        BackboneFixtures.expectEqual(Self.sampled(classifier.logits(image)), scores, "logits")
    }

    @Test("bfloat16 stays near float32", arguments: names)
    func bfloat16(_ name: String) throws {
        let folder = SharedData.url("weights")
        let image = BackboneFixtures.formulaImages(1, 96, 128)
        let exact = try Backbones.load(name: name, weights: folder).backbone
        let rounded = try Backbones.load(name: name, weights: folder, precision: .bfloat16).backbone
        for (index, (map, reference)) in zip(rounded.features(image), exact.features(image)).enumerated() {
            #expect(map.dtype == .bfloat16)
            let distance = BackboneFixtures.relativeDistance(map, reference)
            #expect(distance < 3e-2, "\(exact.levels[index].tap)")
        }
    }

    @Test("Weights are told by names and shapes", arguments: names)
    func detection(_ name: String) throws {
        let file = SharedData.url("weights").appendingPathComponent(try Backbones.fileName(of: name))
        let found = Backbones.names(fitting: WeightsIndex(try Safetensors.load(contentsOf: file)))
        #expect(found.contains(name))
    }

    private static func sampled(_ tensor: Tensor) -> Tensor {
        let values = tensor.scalars
        let sample = stride(from: 0, to: values.count, by: 97).map { values[$0] }
        return Tensor(sample, shape: [sample.count])
    }
}
