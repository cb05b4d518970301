@testable internal import Diffusion
internal import Foundation
internal import TensorCore
internal import TestSupport
internal import Testing

/// What all samplers have in common, and what each is known by.
@Suite("Samplers")
struct SamplerFamilyTests {
    private static let clean = Formulas.signed("mask", [2, 8, 8, 1]).sign()
    private static let expectation = Formulas.signed("prior", [2, 8, 8, 1])

    /// What a perfect network answers at `(x, t)`.
    private static func oracle(_ process: DiffusionProcess, _ x: Tensor, _ t: Int) -> Tensor {
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

    private static func draw(_ sampler: any MaskSampler, _ process: DiffusionProcess) throws -> (mask: Tensor, steps: Int) {
        var random = TorchRandom(seed: 1)
        let noise = random.normal(shape: clean.shape)
        var steps = 0
        let mask = try sampler.sample(
            process, noise: noise, expectation: expectation, random: &random, onStep: { _ in steps += 1 },
            denoise: { x, t in oracle(process, x, t) })
        return (mask, steps)
    }

    @Test("A walk with a perfect network returns the mask", arguments: SamplerRegistry.samplers.names, ConditionShift.allCases)
    func perfect(_ name: String, _ shift: ConditionShift) throws {
        for prediction in PredictionType.allCases {
            let process = DiffusionProcess(
                schedule: NoiseSchedule(.linear, count: 250), prediction: prediction, shift: shift)
            var configuration = SamplingConfiguration()
            (configuration.sampler, configuration.steps, configuration.spacing) = (name, 20, .linspace)
            let sampler = try configuration.makeSampler()
            let (mask, steps) = try Self.draw(sampler, process)
            #expect(steps == (name == "one-step" ? 1 : 20) && sampler.stepCount == steps)
            let problem = mismatch(mask, Self.clean, .elements(relative: 1e-3, absolute: 1e-3))
            #expect(problem == nil, "\(name), \(prediction), \(shift): \(problem ?? "")")
        }
    }

    @Test("The briefest walk is one step", arguments: SamplerRegistry.samplers.names)
    func briefest(_ name: String) throws {
        var configuration = SamplingConfiguration()
        (configuration.sampler, configuration.steps) = (name, 20)
        let process = DiffusionProcess(schedule: NoiseSchedule(.linear, count: 250), prediction: .sample, shift: .none)
        let sampler = try configuration.makeSampler().briefest
        let (mask, steps) = try Self.draw(sampler, process)
        #expect(steps == 1 && sampler.stepCount == 1)
        #expect(mismatch(mask, Self.clean, .elements(relative: 1e-3, absolute: 1e-3)) == nil)
    }

    @Test(
        "The same seed gives the same bits, another seed others, with and without noise in the steps",
        arguments: SamplerRegistry.samplers.names, [Float(0), 1])
    func seeds(_ name: String, _ eta: Float) throws {
        var configuration = SamplingConfiguration()
        (configuration.sampler, configuration.steps, configuration.eta) = (name, 5, eta)
        let sampler = try configuration.makeSampler()
        func draw(_ seed: UInt64) throws -> [Float] {
            var random = TorchRandom(seed: seed)
            let noise = random.normal(shape: [1, 8, 8, 1])
            return try sampler.sample(
                DiffusionProcess(prediction: .velocity), noise: noise, expectation: nil, random: &random, onStep: { _ in },
                denoise: { x, _ in x * 0.3 }
            ).scalars
        }
        #expect(try draw(3) == draw(3))
        #expect(try draw(3) != draw(4))
    }

    @Test("Ancestral steps are DDIM's at eta 1, step by step, in whatever number")
    func ancestral() throws {
        for (steps, spacing) in [(10, TimestepSpacing.trailing), (250, .linspace)] {
            let process = DiffusionProcess(schedule: NoiseSchedule(.linear, count: 250), prediction: .sample)
            func walk(_ sampler: any MaskSampler) throws -> [Tensor] {
                var random = TorchRandom(seed: 7)
                let noise = random.normal(shape: [1, 8, 8, 1])
                var seen: [Tensor] = []
                _ = try sampler.sample(
                    process, noise: noise, expectation: nil, random: &random, onStep: { seen.append($0.noisy) },
                    denoise: { x, _ in (x * 0.5).tanh() })
                return seen
            }
            let own = try walk(DDPMSampler(steps: steps, spacing: spacing))
            let other = try walk(DDIMSampler(steps: steps, spacing: spacing, eta: 1))
            for (a, b) in zip(own, other) {
                let problem = mismatch(a, b, .elements(relative: 1e-3, absolute: 1e-3))
                #expect(problem == nil, "\(steps) steps: \(problem ?? "")")
            }
        }
    }

    @Test("The posterior's mean and variance are those of the text, and it keeps the marginal")
    func posterior() {
        let schedule = NoiseSchedule(.linear, count: 250)
        for t in [1, 10, 100, 249] {
            let posterior = DDPMSampler.Posterior(schedule, from: t, to: t - 1)
            let (now, before, beta) = (schedule.alphasCumulative[t], schedule.alphasCumulative[t - 1], schedule.betas[t])
            #expect(abs(Double(posterior.cleanWeight) - before.squareRoot() * beta / (1 - now)) < 1e-5)
            #expect(abs(Double(posterior.noisyWeight) - (1 - beta).squareRoot() * (1 - before) / (1 - now)) < 1e-5)
            #expect(abs(Double(posterior.deviation * posterior.deviation) - beta * (1 - before) / (1 - now)) < 1e-5)
            // x_t = a x_0 + s e gives x_s of mean a' x_0 and variance s'^2 through the posterior.
            let signal = Double(posterior.cleanWeight) + Double(posterior.noisyWeight) * now.squareRoot()
            #expect(abs(signal - before.squareRoot()) < 1e-5)
            let noise = Double(posterior.noisyWeight) * (1 - now).squareRoot()
            let variance = noise * noise + Double(posterior.deviation * posterior.deviation)
            #expect(abs(variance - (1 - before)) < 1e-5)
        }
    }

    /// The trajectories of the reference schedulers with the network `eps = 0.3 x + 0.05 sin t` on `linspace(-2, 2, 8)`.
    @Test("DPM-Solver++ (2M) follows the reference scheduler")
    func solver() {
        let schedule = NoiseSchedule(.scaledLinear, count: 1000)
        let timesteps = (0..<20).map { index in Int((999 - Double(index) * 999 / 20).rounded()) }
        #expect(timesteps.prefix(3) == [999, 949, 899] && timesteps.last == 50)
        var x = Tensor((0..<8).map { Float(-2 + 4 * Double($0) / 7) }, shape: [8])
        var solver = DPMSolverSampler.Solver()
        var clean = x
        for (index, t) in timesteps.enumerated() {
            let epsilon = x * 0.3 + Float(0.05 * sin(Double(t)))
            clean = (x - epsilon * schedule.noise(at: t)) / schedule.signal(at: t)
            guard index + 1 < timesteps.count else { break }
            x = solver.next(
                ReverseWalk.Transition(noisy: x, clean: clean, from: t, to: timesteps[index + 1], schedule: schedule))
        }
        let found = clean.scalars
        #expect(abs(found[0] + 10.792736) < 2e-3 && abs(found[1] + 7.741016) < 2e-3, "\(found)")
    }

    @Test("An unknown sampler is refused by name, and the configuration's default is DDIM")
    func names() throws {
        var configuration = SamplingConfiguration()
        #expect(try configuration.makeSampler() is DDIMSampler)
        configuration.sampler = "euler"
        let error = #expect(throws: UnknownName.self) { try configuration.makeSampler() }
        #expect(error?.known == ["ddim", "ddpm", "dpm++", "one-step"])
        var model = DiffUpConfiguration()
        model.sampling.sampler = "euler"
        #expect(throws: ConfigurationError.self) { try model.validate(source: "test") }
    }

    @Test("The forward process has the closed form's mean and variance, and so have single steps one after another")
    func forward() {
        let schedule = NoiseSchedule(.linear, count: 250)
        let process = DiffusionProcess(schedule: schedule, prediction: .sample, shift: .quadratic)
        var random = TorchRandom(seed: 11)
        let count = 20_000
        let clean = Tensor(repeating: 0.6, shape: [count, 1, 1, 1])
        let expectation = Tensor(repeating: -0.4, shape: [count, 1, 1, 1])
        var stepped = clean
        for t in 0...40 {
            let kept = Float((1 - schedule.betas[t]).squareRoot())
            let offset = process.shift.offset(schedule, at: t)
            let noise = random.normal(shape: clean.shape) * Float(schedule.betas[t].squareRoot())
            stepped = stepped * kept + expectation * offset + noise
        }
        let noise = random.normal(shape: clean.shape)
        let direct = process.noised(
            clean, noise: noise, timesteps: [Int](repeating: 40, count: count), expectation: expectation
        ).noisy
        let mean = 0.6 * schedule.signal(at: 40) - 0.4 * process.shift.weight(schedule, at: 40)
        let variance = Float(1 - schedule.alphasCumulative[40])
        for drawn in [stepped, direct] {
            #expect(abs(drawn.mean().scalar - mean) < 0.01)
            #expect(abs(drawn.variance().scalar / variance - 1) < 0.05)
        }
    }
}
