internal import Datasets
@testable internal import Diffusion
internal import SegModels
internal import Synchronization
internal import TensorCore
internal import Testing

/// Counts how often it looks at a photo for words.
private final class LookCounter: JointSpaceBackbone {
    let inner: WordBackbone
    private let count = Mutex(0)

    init(_ inner: WordBackbone) { self.inner = inner }

    var looks: Int { count.withLock { $0 } }
    var scope: ParameterScope { inner.scope }
    var name: String { inner.name }
    var levels: [FeatureLevel] { inner.levels }
    var preprocessing: Preprocessing { inner.preprocessing }
    var precision: Precision { inner.precision }
    var inputRule: InputRule { inner.inputRule }
    var space: String { inner.space }
    var dimension: Int { inner.dimension }

    func features(_ images: Tensor, train: Bool) -> [Tensor] { inner.features(images, train: train) }

    func jointFeatures(_ images: Tensor) -> Tensor {
        count.withLock { $0 += 1 }
        return inner.jointFeatures(images)
    }
}

/// Several words share what is known of a photo.
@Suite("Several words in one pass")
struct WordPassTests {
    private static let names = ["striped ring", "dotted star", "marbled arrow"]

    private static func backbone() throws -> LookCounter {
        var shape = WordShape()
        (shape.width, shape.heads, shape.hidden, shape.dimension, shape.imageSize) = (16, 2, 16, 8, 64)
        let backbone = try SmallModel.backbone()
        let words = try WordModel(
            ParameterScope(seed: 5), shape, words: Shapes5i.captionWords, channels: backbone.levels.map(\.channels),
            backboneDigest: backbone.contentDigest)
        words.freeze()
        return LookCounter(try WordBackbone(backbone, words))
    }

    private static func parts(_ backbone: LookCounter) throws -> DiffUpParts {
        var parts = try SmallModel.configuration.parts()
        parts.textEncoder = PromptedTextEncoder(backbone.inner.model.text, .photo)
        parts.textActivation = WordPresence(backbone.inner.model)
        return parts
    }

    @Test(
        "However many names are asked for, a photo or tile is looked at once for words, and every name finds what it finds alone")
    func together() throws {
        let backbone = try Self.backbone()
        let model = try DiffUp(
            backbone: backbone, denoiser: SmallModel.model().denoiser, parts: Self.parts(backbone), cacheCapacity: 0)
        let photo = try SmallModel.episode().query
        let finder = ConceptFinder(model, words: Self.names)
        let found = try finder.find(in: photo)
        #expect(backbone.looks == 1)
        let alone = try Self.names.map { try ConceptFinder(model, words: [$0]).find(in: photo)[0] }
        #expect(backbone.looks == 1 + 3)
        #expect(found.map(\.probabilities) == alone.map(\.probabilities) && found.map(\.presence) == alone.map(\.presence))
        #expect(found[0].probabilities != found[1].probabilities, "names make a difference, so the comparison can fail")
        let whole = try model.segment(Episode(query: photo, supports: [], text: Self.names[2]))
        #expect(whole == .probabilities(found[2].probabilities))

        let tiling = PhotoTiling.along(2)
        let tiles = tiling.tiles(height: photo.height, width: photo.width, photo: photo.width, side: 64)
        let before = backbone.looks
        let parted = try finder.find(in: photo, tiling: tiling)
        #expect(tiles.count > 1 && backbone.looks == before + tiles.count)
        let last = try ConceptFinder(model, words: [Self.names[2]]).find(in: photo, tiling: tiling)[0]
        #expect(parted[2].probabilities == last.probabilities)
    }

    @Test("Priors of words and the mask that they activate share a look, which is of that photo alone")
    func priors() throws {
        let backbone = try Self.backbone()
        var parts = try Self.parts(backbone)
        parts.textPriors = [TextPrior(name: "words", ForegroundCosine())]
        let extractor = PriorExtractor(backbone: backbone, parts: parts, cacheCapacity: 0)
        var episode = try SmallModel.episode()
        let other = episode.supports[0].image
        (episode.text, episode.supports) = (Self.names[0], [Support(image: episode.query, annotation: .none)])
        let query = extractor.queryFeatures(episode.query)
        let shared = JointPhoto(episode.query)
        let map = try extractor.textPriors(episode, shared)
        let marked = try extractor.annotated(episode, query: query, shared)
        #expect(backbone.looks == 1)
        #expect(try map?.scalars == extractor.textPriors(episode)?.scalars)
        #expect(try marked.map(\.annotation) == extractor.annotated(episode, query: query).map(\.annotation))
        #expect(backbone.looks == 3)
        episode.supports = [Support(image: other, annotation: .none)]
        let strange = try extractor.annotated(episode, query: query, shared)
        #expect(try strange.map(\.annotation) == extractor.annotated(episode, query: query).map(\.annotation))
        #expect(backbone.looks == 5 && other != episode.query)
    }
}
