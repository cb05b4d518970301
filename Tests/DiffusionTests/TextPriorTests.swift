internal import Datasets
@testable internal import Diffusion
internal import SegModels
internal import TensorCore
internal import Testing

/// The small backbone, with colours as the space that it shares with words.
private final class ColourBackbone: JointSpaceBackbone {
    private let inner: any Backbone
    let space = "rgb"
    let dimension = 3

    init(_ inner: any Backbone) { self.inner = inner }

    var scope: ParameterScope { inner.scope }
    var name: String { inner.name }
    var levels: [FeatureLevel] { inner.levels }
    var preprocessing: Preprocessing { inner.preprocessing }
    var precision: Precision { inner.precision }
    var inputRule: InputRule { inner.inputRule }

    func features(_ images: Tensor, train: Bool) -> [Tensor] { inner.features(images, train: train) }

    func jointFeatures(_ images: Tensor) -> Tensor {
        images.converted(to: .float32).averagePool2d(PoolingOptions(kernel: 8))
    }
}

private final class ColourWords: TextEncoder {
    let scope = ParameterScope()
    let name = "colour words"
    let space = "rgb"
    let dimension = 3

    func encoded(_ texts: [String]) throws(TextEncoderError) -> Tensor {
        var rows: [Float] = []
        for text in texts {
            switch text {
            case "red": rows += [1, 0, 0]
            case "blue": rows += [0, 0, 1]
            default: throw .unusable(text: text, encoder: name, reason: "is no colour")
            }
        }
        return Tensor(rows, shape: [texts.count, 3])
    }
}

/// Priors of words beside those of supports.
@Suite("Text priors")
struct TextPriorTests {
    /// The left half red, the right half blue.
    private static var photo: RGBImage {
        var photo = RGBImage(height: 64, width: 64)
        for pixel in 0..<(64 * 64) { photo.pixels[3 * pixel + (pixel % 64 < 32 ? 0 : 2)] = 255 }
        return photo
    }

    private func extractor(_ backbone: any Backbone) throws -> PriorExtractor {
        var parts = try SmallModel.configuration.parts()
        parts.textPriors = [TextPrior(name: "words", ForegroundCosine())]
        parts.textEncoder = ColourWords()
        #expect(parts.layout.index(of: .mean("words")) == parts.priors.count)
        return PriorExtractor(backbone: backbone, parts: parts)
    }

    @Test("Words alone find what they name, at every level", arguments: [("red", true), ("blue", false)])
    func words(_ word: String, _ isLeft: Bool) throws {
        let extractor = try extractor(ColourBackbone(SmallModel.backbone()))
        let levels = try extractor.priors(Episode(query: Self.photo, supports: [], text: word))
        #expect(levels.count == 3)
        for level in levels {
            #expect(level.shape[0] == 1 && level.shape[3] == extractor.parts.priors.count + 1)
            let map = level[.all, .all, .all, -1]
            let half = level.shape[2] / 2
            let (left, right) = (map[.all, .all, 0..<half].mean().scalar, map[.all, .all, half..<(2 * half)].mean().scalar)
            #expect(isLeft ? left > right + 0.5 : right > left + 0.5)
        }
    }

    @Test("Beside supports the visual priors stay, every view gets the words', and no words leave zeros")
    func beside() throws {
        let backbone = ColourBackbone(try SmallModel.backbone())
        let extractor = try extractor(backbone)
        var episode = try SmallModel.episode()
        let plain = PriorExtractor(backbone: backbone, parts: try SmallModel.configuration.parts())
        let kinds = extractor.parts.priors.count
        for text in [nil, "red"] {
            episode.text = text
            for (both, visual) in zip(try extractor.priors(episode), try plain.priors(episode)) {
                #expect(both.sliced(axis: 3, from: 0, count: kinds).scalars == visual.scalars)
                let words = both.sliced(axis: 3, from: kinds, count: 1)
                let first = words.sliced(axis: 0, from: 0, count: 1).scalars
                for view in 0..<words.shape[0] { #expect(words.sliced(axis: 0, from: view, count: 1).scalars == first) }
                #expect(first.allSatisfy { $0 == 0 } == (text == nil))
            }
        }
    }

    @Test("In supports without a mask words find what they name", arguments: [("red", true), ("blue", false)])
    func activation(_ word: String, _ isLeft: Bool) throws {
        let extractor = try extractor(ColourBackbone(SmallModel.backbone()))
        let support = Support(image: Self.photo, annotation: .none)
        let episode = Episode(query: Self.photo, supports: [support], text: word)
        let found = try extractor.annotated(episode, query: extractor.queryFeatures(episode.query))
        guard case .mask(let mask) = found[0].annotation else {
            Issue.record("no mask")
            return
        }
        let wrong = mask.values.enumerated().count { place, isThing in isThing != ((place % 64 < 32) == isLeft) }
        #expect(wrong <= 64 * 8, "\(wrong) pixels")
        var other = episode
        other.text = nil
        #expect(try extractor.annotated(other, query: extractor.queryFeatures(other.query))[0].annotation.kind == .mask)
        let plain = try self.extractor(SmallModel.backbone())
        #expect(throws: DiffUpError.self) { try plain.annotated(episode, query: plain.queryFeatures(episode.query)) }
    }

    @Test("Of several backbones the one that shares a space with words is asked")
    func several() throws {
        let joint = ColourBackbone(try SmallModel.backbone(width: 12, seed: 5))
        let (small, own) = (try SmallModel.model(), try extractor(joint))
        let pipeline = DiffUpPipeline(
            extractors: [try extractor(SmallModel.backbone()), own], denoiser: small.denoiser)
        let episode = Episode(query: Self.photo, supports: [], text: "red")
        let groups = try pipeline.priors(episode, queries: pipeline.queryFeatures(episode.query))
        let words = try own.priors(episode)
        for group in groups {
            for (level, expected) in zip(group, words) {
                #expect(level[.all, .all, .all, -1].scalars == expected[.all, .all, .all, -1].scalars)
            }
        }
    }

    @Test("A backbone without a space of words, or a word without a vector, is an error that says so")
    func refusals() throws {
        let episode = Episode(query: Self.photo, supports: [], text: "red")
        let error = #expect(throws: DiffUpError.self) { try extractor(SmallModel.backbone()).priors(episode) }
        #expect(error?.description.contains("shares no space with text") == true)
        let loud = Episode(query: Self.photo, supports: [], text: "loud")
        #expect(throws: TextEncoderError.self) { try extractor(ColourBackbone(SmallModel.backbone())).priors(loud) }
    }
}
