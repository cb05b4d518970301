internal import SegModels
internal import TensorCore
internal import Testing

/// Supports without an annotation.
@Suite("Support discovery")
struct SupportDiscoveryTests {
    /// A photo's features: a thing of one direction at `columns`, ground of another direction, and noise.
    private static func photo(thing columns: Range<Int>, ground: Int, seed: UInt64) -> QueryFeatures {
        var random = TorchRandom(seed: seed)
        let noise = random.normal(shape: [1, 8, 8, 6]).scalars
        var values = noise.map { $0 * 0.15 }
        for place in 0..<64 {
            let (y, x) = (place / 8, place % 8)
            let isThing = columns.contains(x) && (2..<6).contains(y)
            values[place * 6 + (isThing ? 0 : ground)] += 1
        }
        return QueryFeatures(Tensor(values, shape: [1, 8, 8, 6]))
    }

    @Test("What photos share and their borders lack is found, wherever it stands", arguments: [2..<4, 4..<7])
    func shared(_ columns: Range<Int>) {
        let support = Self.photo(thing: columns, ground: 1, seed: 1)
        let found = CoSegmentation().activations(of: [support], query: Self.photo(thing: 3..<5, ground: 2, seed: 2))
        #expect(found.count == 1 && found[0].shape == [1, 8, 8, 1])
        let values = found[0].scalars
        let threshold = ActivationThreshold.otsu(values)
        for place in 0..<64 {
            let isThing = columns.contains(place % 8) && (2..<6).contains(place / 8)
            #expect((values[place] >= threshold) == isThing, "place \(place)")
        }
    }

    @Test("The scale of features does not matter, and every support gets an answer")
    func invariance() {
        let query = Self.photo(thing: 3..<5, ground: 2, seed: 2)
        let supports = [Self.photo(thing: 2..<4, ground: 1, seed: 1), Self.photo(thing: 4..<6, ground: 3, seed: 3)]
        let plain = CoSegmentation().activations(of: supports, query: query)
        let scaled = CoSegmentation().activations(
            of: supports.map { QueryFeatures($0.map * 7) }, query: QueryFeatures(query.map * 7))
        #expect(plain.count == 2)
        for (a, b) in zip(plain, scaled) { #expect(zip(a.scalars, b.scalars).allSatisfy { abs($0 - $1) < 1e-3 }) }
    }

    @Test("Otsu's threshold parts two groups, and a constant map is all on")
    func otsu() {
        let threshold = ActivationThreshold.otsu([0.1, 0.2, 0.15, 5, 5.2, 4.9, 0.12])
        #expect(threshold > 0.2 && threshold <= 4.9)
        #expect(ActivationThreshold.otsu([3, 3, 3]) == 3)
        #expect(ActivationThreshold.otsu([.nan, 1, .infinity]) == 1)
        #expect(ActivationThreshold.otsu([]) == 0)
    }
}
