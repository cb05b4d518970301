import TensorCore
import Testing

/// Learning rates against torch's schedulers and against closed forms.
@Suite struct ScheduleTests {
    private func expect(_ schedule: LearningRateSchedule, equals name: String) throws {
        let expected = try GoldenState.load("optimizers").golden("schedule/" + name).scalars
        #expect(expected.count == 20)
        for (step, rate) in expected.enumerated() {
            #expect(abs(schedule.rate(at: step) - rate) <= 1e-5 * rate + 1e-7, "step \(step)")
        }
    }

    @Test func cosineEqualsTorch() throws {
        try expect(LearningRateSchedule(base: 0.8, totalSteps: 20, decay: .cosine(final: 0.0625)), equals: "cosine")
    }

    @Test func polynomialEqualsTorch() throws {
        try expect(LearningRateSchedule(base: 0.8, totalSteps: 20, decay: .polynomial(power: 0.9)), equals: "polynomial")
    }

    @Test func stepsEqualTorch() throws {
        let schedule = LearningRateSchedule(base: 0.8, totalSteps: 20, decay: .steps(at: [5, 12], factor: 0.1))
        try expect(schedule, equals: "steps")
    }

    @Test func warmUpIsLinearAndEndsAtTheBaseRate() {
        let schedule = LearningRateSchedule(base: 2, warmUpSteps: 4, totalSteps: 10)
        #expect((0..<6).map { schedule.rate(at: $0) } == [0.5, 1, 1.5, 2, 2, 2])
    }

    @Test func decayBeginsAfterTheWarmUp() {
        let schedule = LearningRateSchedule(base: 2, warmUpSteps: 4, totalSteps: 12, decay: .polynomial(power: 1))
        #expect(schedule.rate(at: 4) == 2)
        #expect(schedule.rate(at: 8) == 1)
        #expect(schedule.rate(at: 12) == 0)
    }

    @Test func ratesStayAtTheirEnd() {
        let cosine = LearningRateSchedule(base: 1, totalSteps: 10, decay: .cosine(final: 0.25))
        #expect(cosine.rate(at: 10) == 0.25)
        #expect(cosine.rate(at: 1000) == 0.25)
        let polynomial = LearningRateSchedule(base: 1, totalSteps: 10, decay: .polynomial(power: 2))
        #expect(polynomial.rate(at: 1000) == 0)
    }
}
