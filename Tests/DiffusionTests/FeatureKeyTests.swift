internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import Synchronization
internal import TensorCore
internal import Testing

/// A backbone that counts the photos that it is asked for.
final class CountingBackbone: Backbone {
    private let inner: any Backbone
    private let images = Atomic(0)

    init(_ inner: any Backbone) { self.inner = inner }

    var scope: ParameterScope { inner.scope }
    var name: String { inner.name }
    var levels: [FeatureLevel] { inner.levels }
    var preprocessing: Preprocessing { inner.preprocessing }
    var precision: Precision { inner.precision }

    /// Photos so far.
    var count: Int { images.load(ordering: .relaxed) }

    func features(_ batch: Tensor, train: Bool) -> [Tensor] {
        images.add(batch.shape[0], ordering: .relaxed)
        return inner.features(batch, train: train)
    }
}

/// Features are found by content: pixels, annotation, weights, settings; never by a name.
@Suite("Feature keys")
struct FeatureKeyTests {
    private func extractor(_ backbone: any Backbone, _ change: (inout DiffUpParts) -> Void = { _ in }) throws -> PriorExtractor {
        var parts = try SmallModel.configuration.parts()
        change(&parts)
        return PriorExtractor(backbone: backbone, parts: parts)
    }

    private func priors(_ extractor: PriorExtractor, _ episode: Episode) throws -> [[Float]] {
        try extractor.priors(episode).map(\.scalars)
    }

    @Test("Two photos of one name get their own answers")
    func names() throws {
        let backbone = CountingBackbone(try SmallModel.backbone())
        let extractor = try extractor(backbone)
        var first = try SmallModel.episode()
        first.queryID = "a.jpg"
        first.supports[0].id = "a.jpg"
        var second = try SmallModel.episode(.box)
        second.query = first.supports[0].image
        second.supports[0].image = first.query
        second.queryID = "a.jpg"
        second.supports[0].id = "a.jpg"
        let (a, b) = (try priors(extractor, first), try priors(extractor, second))
        #expect(a != b)
        #expect(a == (try priors(self.extractor(try SmallModel.backbone()), first)))
        #expect(b == (try priors(self.extractor(try SmallModel.backbone()), second)))
    }

    @Test("One name at two sizes is two photos")
    func sizes() throws {
        let extractor = try extractor(try SmallModel.backbone())
        var episode = try SmallModel.episode()
        episode.queryID = "a.jpg"
        let whole = try priors(extractor, episode)
        episode.query = episode.query.cropped(y: 0, x: 0, height: 40, width: 32)
        #expect(try priors(extractor, episode) != whole)
    }

    @Test("The same pixels under another name are computed once; another annotation pools again")
    func content() throws {
        let backbone = CountingBackbone(try SmallModel.backbone())
        let extractor = try extractor(backbone)
        var episode = try SmallModel.episode()
        let first = try priors(extractor, episode)
        let asked = backbone.count
        episode.queryID = "other.jpg"
        episode.supports[0].id = "another.jpg"
        #expect(try priors(extractor, episode) == first)
        #expect(backbone.count == asked)
        episode.supports[0].annotation = try SmallModel.episode(.box).supports[0].annotation
        #expect(try priors(extractor, episode) != first)
        #expect(backbone.count > asked)
    }

    @Test("Replaced weights are other content")
    func weights() throws {
        let backbone = try SmallModel.backbone()
        let extractor = try extractor(backbone)
        let episode = try SmallModel.episode()
        let before = try priors(extractor, episode)
        let weight = try #require(backbone.parameters.first)
        weight.value = withoutGradients { weight.value * 1.5 }
        #expect(try priors(extractor, episode) != before)
    }

    @Test("A bounded cache answers the same, and one without room computes every time")
    func capacity() throws {
        let backbone = CountingBackbone(try SmallModel.backbone())
        let episode = try SmallModel.episode()
        let none = PriorExtractor(backbone: backbone, parts: try SmallModel.configuration.parts(), cacheCapacity: 0)
        let first = try priors(none, episode)
        let once = backbone.count
        #expect(try priors(none, episode) == first)
        #expect(backbone.count == 2 * once)
        let small = PriorExtractor(backbone: backbone, parts: try SmallModel.configuration.parts(), cacheCapacity: 1 << 10)
        #expect(try priors(small, episode) == first)
    }
}
