internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// The whole model and its training on a device that runs later and whose memory the host cannot see: the bits of the
/// backend that it wraps.
@Suite("Deferred device")
struct DeferredDeviceTests {
    private static let reference = Device(ReferenceBackend.shared)

    /// What `body` gives on the reference and on a device that does its work later.
    private func both<Result: Sendable>(
        _ body: @Sendable () async throws -> Result
    ) async throws -> (expected: Result, found: Result) {
        let expected = try await Devices.using(Self.reference, body)
        return (expected, try await Devices.using(Device(DeferredBackend()), body))
    }

    @Test("DiffUp segments", arguments: [AnnotationRule.mask, .box])
    func segments(_ rule: AnnotationRule) async throws {
        let (expected, found) = try await both {
            try SmallModel.model().segment(SmallModel.episode(rule))
        }
        #expect(found == expected)
    }

    @Test("Ten steps, and a resumed run")
    func trains() async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let (expected, found) = try await both {
            var training = SmallModel.training
            training.steps = 10
            let examples = try SmallModel.examples()
            let whole = try DiffUpTrainer(examples, model: SmallModel.configuration, training: training)
            try await whole.run(until: 4)
            try whole.saveState(to: url)
            try await whole.run()
            let resumed = try DiffUpTrainer(examples, model: SmallModel.configuration, training: training)
            try resumed.loadState(from: url)
            try await resumed.run()
            #expect(Self.weights(resumed) == Self.weights(whole))
            return Self.weights(whole)
        }
        #expect(expected.count > 10 && found == expected)
    }

    @Test("A segmentation waits once: when its result is read")
    func waits() throws {
        let backend = DeferredBackend()
        try Devices.using(Device(backend)) {
            let model = try SmallModel.model()
            let episode = try SmallModel.episode()
            _ = try model.segment(episode)
            let before = backend.waits
            _ = try model.segment(episode)
            #expect(backend.waits - before == 1)
        }
    }

    private static func weights(_ trainer: DiffUpTrainer) -> [[Float]] {
        withoutGradients { trainer.decoder.parameters.map { $0.value.scalars } }
    }
}
