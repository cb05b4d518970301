import TensorCore
import Testing

/// NumPy's legacy generator, from `Scripts/goldens/random_sources.py`.
@Suite struct NumPyRandomTests {
    private static let seeds: [UInt64] = [0, 1, 42, UInt64(UInt32.max)]

    @Test(arguments: seeds, [1, 5, 15, 16, 17, 31, 100])
    func permutationEqualsNumPy(seed: UInt64, size: Int) throws {
        var random = NumPyRandom(seed: seed)
        let expected = try GoldenState.load("random").golden("permutation/\(seed)/\(size)").integers
        #expect(random.permutation(size).map(Int64.init) == expected)
    }

    @Test(arguments: seeds)
    func choicesEqualNumPy(seed: UInt64) throws {
        var random = NumPyRandom(seed: seed)
        let picks = [2, 7, 100, 999].map { Int64(random.choice(below: $0)) }
        #expect(picks == (try GoldenState.load("random").golden("choice/\(seed)").integers))
    }

    /// The first outputs of the reference implementation `mt19937ar` for its seed 5489.
    @Test func twisterEqualsItsReference() {
        var twister = MersenneTwister(seed: 5489)
        #expect((0..<3).map { _ in twister.next() } == [3_499_211_612, 581_869_302, 3_890_346_734])
        for _ in 3..<9999 { _ = twister.next() }
        #expect(twister.next() == 4_123_659_995)
    }

    @Test func twisterStateRoundTrips() throws {
        var twister = MersenneTwister(seed: 9)
        for _ in 0..<700 { _ = twister.next() }
        var restored = try #require(MersenneTwister(state: twister.state))
        #expect(restored == twister)
        #expect((0..<1000).map { _ in restored.next() } == (0..<1000).map { _ in twister.next() })
    }
}
