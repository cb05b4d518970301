internal import Diffusion
internal import TensorCore
internal import TestSupport
internal import Testing

/// DDIM with networks whose answer is known.
@Suite("DDIM sampler")
struct SamplerTests {
    private static let clean = Formulas.signed("mask", [2, 8, 8, 1]).sign()

    /// What a perfect network answers at `(x, t)`.
    private func oracle(_ process: DiffusionProcess, _ x: Tensor, _ t: Int, _ expectation: Tensor) -> Tensor {
        let clean = Self.clean
        let (signal, noise) = (process.schedule.signal(at: t), process.schedule.noise(at: t))
        let centred = x - expectation * process.shift.weight(process.schedule, at: t)
        let epsilon = (centred - clean * signal) / noise
        switch process.prediction {
        case .epsilon: return epsilon
        case .sample: return clean
        case .velocity: return epsilon * signal - clean * noise
        case .logits: return clean * 20
        }
    }

    @Test("A perfect network gives the clean mask back", arguments: PredictionType.allCases, ConditionShift.allCases)
    func perfect(_ prediction: PredictionType, _ shift: ConditionShift) throws {
        let process = DiffusionProcess(schedule: NoiseSchedule(.linear, count: 250), prediction: prediction, shift: shift)
        let sampler = DDIMSampler(steps: 50, spacing: .linspace)
        let expectation = Formulas.signed("prior", [2, 8, 8, 1])
        var random = TorchRandom(seed: 1)
        let noise = random.normal(shape: [2, 8, 8, 1])
        let result = try sampler.sample(
            process, noise: noise, expectation: expectation, random: &random, onStep: { _ in },
            denoise: { x, t in oracle(process, x, t, expectation) })
        let problem = mismatch(result, Self.clean, .elements(relative: 1e-4, absolute: 1e-4))
        #expect(problem == nil, "\(problem ?? "")")
    }

    @Test("The forward process of no offset is the plain one, and its targets belong to it")
    func forward() {
        let schedule = NoiseSchedule(.linear, count: 250)
        var random = TorchRandom(seed: 2)
        let noise = random.normal(shape: Self.clean.shape)
        let zero = Self.clean.zerosLike()
        let plain = DiffusionProcess(schedule: schedule, prediction: .velocity).noised(
            Self.clean, noise: noise, timesteps: [3, 200])
        let shifted = DiffusionProcess(schedule: schedule, prediction: .velocity, shift: .quadratic)
            .noised(Self.clean, noise: noise, timesteps: [3, 200], expectation: zero)
        #expect(plain.noisy.scalars == shifted.noisy.scalars)
        // x = signal * noisy - noise * v holds for a velocity target.
        let (signal, level) = (schedule.signal(at: 3), schedule.noise(at: 3))
        let first = plain.noisy.sliced(axis: 0, from: 0, count: 1)
        let back = first.scaled(
            by: signal, adding: plain.target.sliced(axis: 0, from: 0, count: 1), scaledBy: -level)
        let problem = mismatch(back, Self.clean.sliced(axis: 0, from: 0, count: 1))
        #expect(problem == nil, "\(problem ?? "")")
    }
}
