internal import Diffusion
internal import TensorCore
internal import TestSupport
internal import Testing

/// Noise schedules and the condition shift against closed forms.
@Suite("Schedules")
struct ScheduleTests {
    @Test("Linear betas are scaled to the number of steps")
    func linear() {
        let schedule = NoiseSchedule(.linear, count: 250)
        #expect(abs(schedule.betas[0] - 4e-4) < 1e-12)
        #expect(abs(schedule.betas[249] - 8e-2) < 1e-12)
    }

    @Test("The signal falls and never rises", arguments: NoiseSchedule.Curve.allCases)
    func monotonic(_ curve: NoiseSchedule.Curve) {
        let schedule = NoiseSchedule(curve, count: 250)
        for t in 1..<250 { #expect(schedule.alphasCumulative[t] < schedule.alphasCumulative[t - 1]) }
        for t in 0..<250 {
            let squares = schedule.signal(at: t) * schedule.signal(at: t) + schedule.noise(at: t) * schedule.noise(at: t)
            #expect(abs(squares - 1) < 1e-6)
        }
    }

    @Test("The cosine schedule is cut at 0.999")
    func cosine() {
        let schedule = NoiseSchedule(.cosine, count: 250)
        #expect(schedule.betas[249] == 0.999)
        #expect(schedule.betas.allSatisfy { $0 > 0 && $0 <= 0.999 })
    }

    @Test("Composing the offsets of single steps gives the marginal's", arguments: ConditionShift.allCases)
    func shiftComposes(_ shift: ConditionShift) {
        let schedule = NoiseSchedule(.linear, count: 250)
        var accumulated = 0.0
        for t in 0..<250 {
            accumulated = (1 - schedule.betas[t]).squareRoot() * accumulated + Double(shift.offset(schedule, at: t))
            #expect(abs(accumulated - Double(shift.weight(schedule, at: t))) < 1e-4, "t = \(t)")
        }
    }

    @Test("The prior shift ends at 1 - sqrt(abar)")
    func priorShift() {
        let schedule = NoiseSchedule(.cosine, count: 250)
        let expected = 1 - schedule.alphasCumulative[249].squareRoot()
        #expect(abs(Double(ConditionShift.prior.weight(schedule, at: 249)) - expected) < 1e-6)
    }

    @Test("Spacings fall, start at the end and have the asked length", arguments: TimestepSpacing.allCases, [1, 2, 5, 50, 250])
    func spacing(_ spacing: TimestepSpacing, _ steps: Int) {
        let timesteps = spacing.timesteps(steps: steps, of: 250)
        #expect(timesteps.count == steps && timesteps.first == 249)
        #expect(zip(timesteps, timesteps.dropFirst()).allSatisfy { $0 > $1 })
        #expect(timesteps.allSatisfy { (0..<250).contains($0) })
        if spacing == .linspace && steps > 1 { #expect(timesteps.last == 0) }
    }

    @Test("Trailing steps of five")
    func trailing() { #expect(TimestepSpacing.trailing.timesteps(steps: 5, of: 250) == [249, 199, 149, 99, 49]) }
}
