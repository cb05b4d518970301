@testable import Diffusion
internal import TensorCore
internal import Testing

/// The total loss against numbers computed by hand, and the weights of timesteps.
@Suite("DiffUp loss")
struct LossTests {
    /// Answers the same whatever it is asked.
    private final class Fixed: MaskDenoiser {
        let scope = ParameterScope()
        let resolution = 2
        let levelCount = 1
        let output: DenoiserOutput

        init(_ output: DenoiserOutput) { self.output = output }

        struct Prepared: PreparedDenoiser {
            let output: DenoiserOutput
            func callAsFunction(_ x: Tensor, timesteps: Tensor) -> DenoiserOutput { output }
        }

        func prepared(for conditions: MaskConditions, precision: Precision) -> any PreparedDenoiser { Prepared(output: output) }
    }

    private static let truth = Tensor([1, 0, 0.5, 1] as [Float], shape: [1, 2, 2, 1])
    private static let weight = Tensor([1, 1, 1, 0] as [Float], shape: [1, 2, 2, 1])

    private func batch() -> TrainingBatch {
        TrainingBatch(
            conditions: MaskConditions(levels: [], image: Self.truth, expectation: Self.truth), truth: Self.truth,
            weight: Self.weight, names: [])
    }

    private func loss(
        _ prediction: PredictionType, _ output: DenoiserOutput, _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) -> Float {
        var training = TrainingConfiguration()
        change(&training)
        var random = TorchRandom(seed: 1)
        let loss = DiffUpLoss(process: DiffusionProcess(prediction: prediction), training: training)
        return loss(Fixed(output), batch(), &random).scalar
    }

    @Test("The clean mask's mean squared error counts the pixels that are not void")
    func sample() {
        let estimate = Tensor([1, -0.5, 0, 9] as [Float], shape: [1, 2, 2, 1])
        // Targets 1, -1, 0 and a void pixel: errors 0, 0.25, 0 over three pixels.
        #expect(abs(loss(.sample, DenoiserOutput(prediction: estimate)) - 0.25 / 3) < 1e-6)
    }

    @Test("Logits are scored by their cross-entropy with the share of the class")
    func logits() {
        let estimate = Tensor(zeros: [1, 2, 2, 1])
        #expect(abs(loss(.logits, DenoiserOutput(prediction: estimate)) - Float(0.693_147_2)) < 1e-5)
    }

    @Test("A perfect error map and the IoU's distance enter with their weights")
    func quality() {
        let process = DiffusionProcess(prediction: .sample)
        var random = TorchRandom(seed: 1)
        let t = random.integer(below: process.schedule.count)
        let noise = random.normal(shape: [1, 2, 2, 1])
        let noisy = process.noised(Self.truth * 2 - 1, noise: noise, timesteps: [t]).noisy
        let errors = Self.truth - (noisy + 1).clamped(to: 0...2) * 0.5
        let target = DiffUpLoss.iouTarget(noisy, batch()).scalar
        let output = DenoiserOutput(
            prediction: Self.truth * 2 - 1, errorMap: errors, iou: Tensor([target + 0.25], shape: [1]))
        let value = loss(.sample, output) {
            $0.errorWeight = 3
            $0.iouWeight = 2
        }
        #expect(abs(value - 0.5) < 1e-5)
        let off = DenoiserOutput(prediction: Self.truth * 2 - 1, errorMap: errors + 1, iou: Tensor([target], shape: [1]))
        // One everywhere but at the void pixel, over four pixels.
        #expect(abs(loss(.sample, off) { $0.errorWeight = 1 } - 0.75) < 1e-5)
    }

    @Test("The IoU is that of the binarised masks where pixels count")
    func iou() {
        let noisy = Tensor([0.3, 0.2, -0.1, 5] as [Float], shape: [1, 2, 2, 1])
        // Predicted 1 1 0, actual 1 0 0 (a half is no object): one of two.
        #expect(DiffUpLoss.iouTarget(noisy, batch()).scalars == [0.5])
    }

    @Test("Min-SNR limits the ratio at five in the quantity that is estimated")
    func weighting() {
        for t in [0, 100, 249] {
            let ratio = NoiseSchedule().signalToNoise(at: t)
            func weight(_ prediction: PredictionType) -> Float {
                LossWeighting.minSNR.weight(at: t, of: DiffusionProcess(prediction: prediction))
            }
            #expect(weight(.sample) == Float(min(ratio, 5)))
            #expect(weight(.epsilon) == Float(min(5 / ratio, 1)))
            #expect(weight(.velocity) == Float(min(ratio, 5) / (ratio + 1)))
            #expect(LossWeighting.uniform.weight(at: t, of: DiffusionProcess(prediction: .sample)) == 1)
        }
    }
}
