internal import SegModels
internal import TensorCore
internal import Testing

/// The layout names the channels that a fusion really makes.
@Suite("Condition layout")
struct ConditionLayoutTests {
    private struct Colour: QueryInformationSource {
        let name = "colour"
        let identity = "colour"
        let channelCount = 3
        func maps(of photo: Tensor) -> Tensor { photo }
    }

    private static let layout = ConditionLayout(
        priors: ["a", "b"], fusion: UAPF(), information: [EdgeInformation(), Colour()])

    @Test("Every channel has one place")
    func places() {
        let layout = Self.layout
        #expect(layout.count == 2 * (2 + 4) + 2 + 3)
        #expect(Set(layout.channels).count == layout.count)
        for (place, meaning) in layout.channels.enumerated() { #expect(layout.index(of: meaning) == place) }
        #expect(layout.index(of: .mean("c")) == nil)
        #expect(layout.index(of: .information("colour", channel: 2)) == layout.count - 1)
    }

    @Test("Means, variances and ranked views are where the layout says")
    func fusion() throws {
        var random = TorchRandom(seed: 3)
        let views = random.normal(shape: [3, 2, 2, 2])
        let fused = UAPF().fused(views)
        let means = views.mean(axes: [0]).scalars
        let variances = views.variance(axes: [0]).scalars
        for (kind, name) in ["a", "b"].enumerated() {
            let mean = try #require(Self.layout.map(.mean(name), in: fused)).scalars
            let variance = try #require(Self.layout.map(.variance(name), in: fused)).scalars
            for pixel in 0..<4 {
                #expect(abs(mean[pixel] - means[2 * pixel + kind]) < 1e-6)
                #expect(abs(variance[pixel] - variances[2 * pixel + kind]) < 1e-6)
            }
            let averages = (0..<3).map { view in
                views[view, .rest].scalars.enumerated().filter { $0.offset % 2 == kind }.reduce(0) { $0 + $1.element }
            }
            let order = (0..<3).sorted { averages[$0] > averages[$1] }
            for rank in 0..<4 {
                let map = try #require(Self.layout.map(.view(name, rank: rank), in: fused)).scalars
                let expected = views[order[rank % 3], .rest].scalars.enumerated().filter { $0.offset % 2 == kind }
                #expect(map == expected.map(\.element))
            }
        }
    }
}
