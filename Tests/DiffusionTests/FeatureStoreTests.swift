internal import Datasets
@testable import Diffusion
internal import Foundation
internal import TensorCore
internal import Testing

/// What a training computes of photos is kept by content, on disk and within bounds.
@Suite("Feature store")
struct FeatureStoreTests {
    private static func folder() -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("features-\(UUID())")
    }

    private func examples(_ backbone: CountingBackbone, _ store: FeatureStore) throws -> TrainingExamples {
        let extractor = PriorExtractor(
            backbone: backbone, parts: try SmallModel.configuration.parts(), cacheCapacity: 0)
        return TrainingExamples(
            SmallModel.dataset, items: SmallModel.items, extractor: extractor, SmallModel.training,
            resolution: SmallModel.configuration.decoder.resolution, store: store)
    }

    private func weights(_ examples: TrainingExamples) async throws -> [[Float]] {
        let trainer = try DiffUpTrainer(examples, model: SmallModel.configuration, training: SmallModel.training)
        try await trainer.run()
        return withoutGradients { trainer.decoder.parameters.map { $0.value.scalars } }
    }

    @Test("One pass of the backbone over all photos' views, and none in a second training, with the same bits")
    func passes() async throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = CountingBackbone(try SmallModel.backbone())
        let examples = try examples(first, FeatureStore(folder: folder))
        try await examples.prepare()
        #expect(first.count == 4 * SmallModel.items.count)
        let once = try await weights(examples)
        #expect(first.count == 4 * SmallModel.items.count)

        let second = CountingBackbone(try SmallModel.backbone())
        let again = try self.examples(second, FeatureStore(folder: folder))
        try await again.prepare()
        #expect(try await weights(again) == once)
        #expect(second.count == 0)
    }

    @Test("Without room in memory everything comes from disk, with the same bits")
    func bounded() async throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let roomy = try examples(CountingBackbone(SmallModel.backbone()), FeatureStore())
        let tight = try examples(CountingBackbone(SmallModel.backbone()), FeatureStore(folder: folder, memory: 0))
        try await tight.prepare()
        #expect(try await weights(tight) == weights(roomy))
    }

    @Test("A damaged file is made again")
    func damaged() async throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let backbone = CountingBackbone(try SmallModel.backbone())
        let first = try examples(backbone, FeatureStore(folder: folder))
        try await first.prepare()
        let whole = try await weights(first)
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var count = 0
        for case let file as URL in files where file.pathExtension == "safetensors" {
            let bytes = try Data(contentsOf: file)
            try bytes.prefix(bytes.count / 2).write(to: file)
            count += 1
        }
        #expect(count == 4 * SmallModel.items.count)
        #expect(try await weights(examples(backbone, FeatureStore(folder: folder))) == whole)
    }

    @Test("Where nothing can be written the training goes on and the store says why")
    func unwritable() async throws {
        let file = Self.folder()
        try Data([1]).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let store = FeatureStore(folder: file.appendingPathComponent("below"))
        let examples = try examples(CountingBackbone(SmallModel.backbone()), store)
        try await examples.prepare()
        #expect(store.remark?.contains(file.lastPathComponent) == true)
        _ = try await weights(examples)
    }

    @Test("Supports are drawn anew: in time a query meets every other photo of its class, and never itself")
    func supports() throws {
        let examples = try examples(CountingBackbone(SmallModel.backbone()), FeatureStore())
        var training = SmallModel.training
        training.multiShotProbability = 0
        let sampler = TrainingSampler(
            examples: examples, builder: ConditionBuilder(try SmallModel.configuration.parts(), resolution: 16),
            training: training)
        var met: [String: Set<String>] = [:]
        for step in 0..<40 {
            var random = TorchRandom(seed: UInt64(step))
            for name in try sampler.batch(&random).names {
                let words = name.split(separator: " ").map(String.init)
                #expect(words[0] != words[4])
                met[words[0], default: []].insert(words[4])
            }
        }
        for item in SmallModel.items {
            let others = SmallModel.items.filter { $0.classID == item.classID && $0.id != item.id }.map(\.id)
            #expect(met[item.id] == Set(others), "\(item.id)")
        }
    }
}
