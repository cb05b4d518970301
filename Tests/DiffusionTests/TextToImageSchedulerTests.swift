internal import Diffusion
internal import Foundation
internal import TensorCore
internal import TestSupport
internal import Testing

/// The schedulers against diffusers', and against numbers that are known from elsewhere.
@Suite("Text-to-image schedulers")
struct TextToImageSchedulerTests {
    private static func settings(_ kind: SchedulerKind, _ change: (inout SchedulerSettings) -> Void = { _ in })
        -> SchedulerSettings
    {
        var settings = SchedulerSettings(kind)
        change(&settings)
        return settings
    }

    static let cases: [String: SchedulerSettings] = [
        "ddim": settings(.ddim),
        "ddim-velocity": settings(.ddim) { $0.prediction = .velocity },
        "ddim-trailing": settings(.ddim) { ($0.spacing, $0.clipsTo, $0.endsClean) = (.trailing, 1, true) },
        "ddim-sample": settings(.ddim) {
            ($0.spacing, $0.clipsTo, $0.endsClean, $0.prediction) = (.linspace, 1, true, .clean)
        },
        "euler": settings(.euler),
        "euler-leading": settings(.euler) { ($0.spacing, $0.offset) = (.leading, 1) },
        "euler-karras": settings(.euler) { $0.usesKarras = true },
        "euler-trailing-velocity": settings(.euler) { ($0.spacing, $0.prediction) = (.trailing, .velocity) },
        "dpm": settings(.dpmSolver),
        "dpm-karras": settings(.dpmSolverKarras),
        "dpm-leading": settings(.dpmSolver) { ($0.spacing, $0.offset) = (.leading, 1) },
        "dpm-trailing-first": settings(.dpmSolver) { ($0.spacing, $0.order) = (.trailing, 1) },
        "dpm-smallest": settings(.dpmSolver) { $0.endsAtZero = false },
        "pndm": settings(.pndm),
        "pndm-velocity": settings(.pndm) { ($0.offset, $0.prediction) = (0, .velocity) },
        "flow": settings(.flowEuler),
        "flow-plain": settings(.flowEuler) { $0.shift = 1 },
    ]

    /// Where 0.3 x + 0.05 sin t leads.
    private static func trajectory(_ settings: SchedulerSettings, steps: Int, _ start: Tensor) -> Tensor {
        var scheduler = settings.scheduler(steps: steps)
        var random = TorchRandom(seed: 0)
        var x = start * scheduler.initialNoiseScale
        for (index, t) in scheduler.timesteps.enumerated() {
            let output = scheduler.modelInput(x, at: index) * 0.3 + 0.05 * sinf(t)
            x = scheduler.step(output, at: index, x, random: &random).latent
        }
        return x
    }

    private static func line(_ shape: Shape) -> Tensor {
        Tensor((0..<8).map { -2 + 4 * Float($0) / 7 }, shape: shape)
    }

    @Test("Timesteps, noise and trajectories equal diffusers'", arguments: cases.keys.sorted(), [3, 7, 20])
    func parity(_ name: String, _ steps: Int) throws {
        let golden = try TextToImageFixtures.golden("schedulers")
        let settings = try #require(Self.cases[name])
        let scheduler = settings.scheduler(steps: steps)
        let prefix = "\(name).\(steps)"
        let times = Tensor(scheduler.timesteps)
        expectEqual(times, try golden.tensor("\(prefix).timesteps"), "timesteps", .elements(relative: 1e-5, absolute: 1e-3))
        let scale = try golden.tensor("\(prefix).scale").scalars[0]
        #expect(abs(scheduler.initialNoiseScale - scale) <= 1e-5 * scale)
        let start = Self.line([1, 2, 2, 2]).permuted([0, 2, 3, 1])
        let noised = scheduler.noised(start * scale, with: Formulas.signed("noise", [1, 2, 2, 2]), at: 1)
        expectEqual(noised, try golden.tensor("\(prefix).noised"), "noised")
        expectEqual(Self.trajectory(settings, steps: steps, start), try golden.tensor("\(prefix).end"), "end")
    }

    @Test("Known numbers of twenty steps")
    func anchors() {
        let known: [(SchedulerKind, [Float])] = [
            (.ddim, [-9.23579, -6.604541]), (.dpmSolver, [-10.792736, -7.741016]), (.dpmSolverKarras, [-10.589419]),
            (.euler, [-11.184893]), (.pndm, [-8.805017]), (.flowEuler, [-1.478609, -1.056726]),
        ]
        for (kind, expected) in known {
            let end = Self.trajectory(SchedulerSettings(kind), steps: 20, Self.line([1, 2, 4, 1])).scalars
            for (found, number) in zip(end, expected) {
                #expect(abs(found - number) < 2e-4 * abs(number), "\(kind): \(found), expected \(number)")
            }
        }
        let alphas = LatentSchedule().alphasCumulative
        for (t, alpha) in [(0, 0.9991500), (1, 0.9982960), (500, 0.2763325), (999, 0.0046601)] {
            #expect(abs(alphas[t] - alpha) < 1e-6)
        }
        #expect(SchedulerSettings(.ddim).scheduler(steps: 20).timesteps.prefix(3) == [951, 901, 851])
        #expect(SchedulerSettings(.pndm).scheduler(steps: 20).timesteps.count == 21)
    }

    @Test("Another scheduler keeps what the model was trained with")
    func exchange() {
        var settings = SchedulerSettings(.pndm)
        settings.prediction = .velocity
        settings.lastVariance = 0.02
        let other = settings.led(by: .dpmSolverKarras)
        #expect(other.prediction == .velocity && other.lastVariance == 0.02 && other.usesKarras)
    }
}
