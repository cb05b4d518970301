internal import Datasets
@testable internal import Diffusion
internal import Testing

/// The threshold of a baseline for similarities whose best threshold is known.
@Suite("Threshold fit")
struct ThresholdFitTests {
    private func counts(
        _ similarities: [Float], object: [Bool], void: [Bool]? = nil
    ) -> SimilarityCounts {
        let width = similarities.count
        var counts = SimilarityCounts()
        counts.add(
            ScalarMap(height: 1, width: width, values: similarities),
            truth: ClassMask(
                object: BinaryMask(height: 1, width: width, values: object),
                void: void.map { BinaryMask(height: 1, width: width, values: $0) }))
        return counts
    }

    private func expect(_ classes: [SimilarityCounts], _ threshold: Float) {
        #expect(abs(SimilarityCounts.bestThreshold(classes) - threshold) < 1e-4)
    }

    @Test("Two groups apart: the first bin above the ground")
    func apart() {
        expect([counts([0.105, 0.105, 0.305, 0.405], object: [false, false, true, true])], 0.11)
        expect([counts([-1.505, -0.205], object: [false, true])], -1.5)
    }

    @Test("Overlap: the threshold of the largest IoU, not of the fewest errors")
    func overlap() {
        // From 0.2 on 3 of 4 found (IoU 3 / 4); from 0.1 on all of 4 with 2 wrong (4 / 6); from 0.3 on 2 / 4.
        expect(
            [counts([0.105, 0.105, 0.105, 0.205, 0.305, 0.305], object: [false, false, true, true, true, true])], 0.11)
        // From 0.1 on 4 of 4 with 1 wrong (4 / 5) beats 3 of 4 (3 / 4).
        expect([counts([0.105, 0.105, 0.205, 0.305, 0.305], object: [false, true, true, true, true])], -2)
    }

    @Test("Classes count the same, whatever their pixels")
    func classes() {
        // At 0.11 the large class gains a fifth of its IoU and the small one loses all of its own.
        let large = counts([0.105, 0.305, 0.305, 0.305, 0.305], object: [false, true, true, true, true])
        let small = counts([0.105], object: [true])
        expect([large], 0.11)
        expect([large, small], -2)
        expect([large, small, counts([0.105, 0.305], object: [false, true])], -2)
        expect([large, counts([0.105, 0.305], object: [false, true])], 0.11)
    }

    @Test("Void pixels and numbers that are not finite do not count")
    func notCounted() {
        expect(
            [counts([0.105, 0.505, 0.305], object: [false, false, true], void: [false, true, false])], 0.11)
        expect([counts([0.105, .nan, .infinity, 0.305], object: [false, false, false, true])], 0.11)
    }

    @Test("Similarities beyond -2...2 count at the ends")
    func beyond() {
        expect([counts([-7, 7], object: [false, true])], -1.99)
    }

    @Test("Without an object nothing is best, and the lowest threshold stands")
    func nothing() {
        expect([], -2)
        expect([counts([0.1, 0.2], object: [false, false])], -2)
    }
}
