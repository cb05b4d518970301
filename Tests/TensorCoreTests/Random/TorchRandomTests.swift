import TensorCore
import TestSupport
import Testing

/// The streams of torch's CPU generator, from `Scripts/goldens/random_sources.py`.
@Suite struct TorchRandomTests {
    private static let seeds: [UInt64] = [0, 1, 42, UInt64(UInt32.max)]
    private static let sizes = [1, 5, 15, 16, 17, 31, 100]
    /// The last bits of logarithm and cosine are the platform's.
    private static let tolerance = Tolerance.elements(relative: 1e-6, absolute: 1e-6)

    @Test(arguments: seeds, sizes)
    func normalEqualsTorch(seed: UInt64, size: Int) throws {
        var random = TorchRandom(seed: seed)
        let expected = try GoldenState.load("random").golden("randn/\(seed)/\(size)")
        #expect(mismatch(random.normal(shape: [size]), expected, Self.tolerance) == nil)
    }

    @Test(arguments: seeds, sizes)
    func uniformEqualsTorch(seed: UInt64, size: Int) throws {
        var random = TorchRandom(seed: seed)
        let expected = try GoldenState.load("random").golden("rand/\(seed)/\(size)")
        #expect(random.uniform(shape: [size]).scalars == expected.scalars)
    }

    @Test func mixedRequestsKeepTheStream() throws {
        let goldens = try GoldenState.load("random")
        var random = TorchRandom(seed: 7)
        for (step, size) in [3, 20, 2, 16, 4].enumerated() {
            let expected = try goldens.golden("sequence/\(step)")
            #expect(mismatch(random.normal(shape: [size]), expected, Self.tolerance) == nil, "step \(step)")
        }
        #expect(random.uniform(shape: [9]).scalars == (try goldens.golden("sequence/rand").scalars))
    }

    @Test(arguments: [0, 1, 3, 624, 1000])
    func stateContinuesTheStream(drawn: Int) throws {
        var random = TorchRandom(seed: 3)
        _ = random.normals(drawn % 16)
        for _ in 0..<drawn { _ = random.uniform() }
        var restored = try #require(TorchRandom(state: random.state))
        #expect(restored.normals(5) == random.normals(5))
        #expect(restored.normals(40) == random.normals(40))
        #expect(restored.state == random.state)
    }

    /// `torch.manual_seed` takes 64 bits, of which the CPU generator's Mersenne twister takes the low 32.
    @Test func highBitsOfTheSeedAreIgnored() {
        var (low, high) = (TorchRandom(seed: 42), TorchRandom(seed: 42 + (1 << 32)))
        #expect(low.normals(20) == high.normals(20))
    }

    @Test func onlyStatesAreRestored() {
        let state = TorchRandom(seed: 3).state
        #expect(TorchRandom(state: []) == nil)
        #expect(TorchRandom(state: Array(state.dropLast())) == nil)
        var broken = state
        broken[624] = 625
        #expect(TorchRandom(state: broken) == nil)
        var odd = state
        odd[625] = 2
        #expect(TorchRandom(state: odd) == nil)
    }

    @Test func integersCoverTheirRange() {
        var random = TorchRandom(seed: 5)
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<6000 { counts[random.integer(below: 6)] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        #expect(random.integer(below: 1) == 0)
    }

    @Test func rangesScaleTheUnitInterval() {
        var (unit, scaled) = (TorchRandom(seed: 5), TorchRandom(seed: 5))
        let expected = unit.uniform(shape: [20]).scalars.map { -2 + 5 * $0 }
        #expect(scaled.uniform(shape: [20], in: -2...3).scalars == expected)
    }
}
