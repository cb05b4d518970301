import TensorCore
import Testing

@Suite("Progress of work") struct WorkProgressTests {
    @Test("Rate and remaining time follow from the parts of this run")
    func rate() {
        let progress = WorkProgress(done: 30, total: 90, first: 10, elapsed: .seconds(5))
        #expect(progress.rate == 4)
        #expect(progress.remaining == .seconds(15))
        #expect(progress.fraction == 1.0 / 3)
    }

    @Test("Nothing is known before the first part is done")
    func beginning() {
        let resumed = WorkProgress(done: 10, total: 90, first: 10, elapsed: .seconds(5))
        #expect(resumed.rate == nil && resumed.remaining == nil)
        #expect(WorkProgress(done: 3, total: 5, elapsed: .zero).rate == nil)
        #expect(WorkProgress(done: 0, total: 0, elapsed: .zero).fraction == 1)
    }

    @Test("A clock runs forward")
    func clock() {
        let clock = WorkClock(total: 7, from: 2)
        let (early, late) = (clock.progress(3), clock.progress(7))
        #expect(early.total == 7 && early.first == 2 && early.done == 3)
        #expect(late.elapsed >= early.elapsed && early.elapsed >= .zero)
        #expect(late.remaining == .zero)
    }
}
