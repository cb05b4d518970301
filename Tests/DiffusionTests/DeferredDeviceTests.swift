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
    private func both<Result>(_ body: () throws -> Result) rethrows -> (expected: Result, found: Result) {
        let expected = try Devices.using(Self.reference, body)
        return (expected, try Devices.using(Device(DeferredBackend()), body))
    }

    @Test("DiffUp segments", arguments: [AnnotationRule.mask, .box])
    func segments(_ rule: AnnotationRule) throws {
        let (expected, found) = try both {
            let decoder = UQDD(ParameterScope(), SmallModel.configuration.decoder)
            Formulas.randomise(decoder)
            let model = DiffUp(
                backbone: try SmallModel.backbone(), decoder: decoder, configuration: SmallModel.configuration)
            return try model.segment(SmallModel.episode(rule))
        }
        #expect(found == expected)
    }

    @Test("Ten steps, and a resumed run")
    func trains() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let (expected, found) = try both {
            var training = SmallModel.training
            training.steps = 10
            let bank = try SmallModel.bank()
            let whole = DiffUpTrainer(bank: bank, model: SmallModel.configuration, training: training)
            var losses: [Float] = []
            try whole.run {
                losses.append($0.loss)
                if $0.step == 4 { try whole.saveState(to: url) }
                return true
            }
            let resumed = DiffUpTrainer(bank: bank, model: SmallModel.configuration, training: training)
            try resumed.loadState(from: url)
            try resumed.run { _ in true }
            #expect(Self.weights(resumed) == Self.weights(whole))
            return losses.map { [$0] } + Self.weights(whole)
        }
        #expect(expected.count > 10 && found == expected)
    }

    private static func weights(_ trainer: DiffUpTrainer) -> [[Float]] {
        withoutGradients { trainer.decoder.parameters.map { $0.value.scalars } }
    }
}
