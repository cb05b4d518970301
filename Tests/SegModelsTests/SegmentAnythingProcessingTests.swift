internal import SegModels
internal import TensorCore
internal import Testing

/// From photos to logits of their size, against the processor of transformers (`Scripts/goldens/segment_anything.py`).
@Suite("Photos through Segment Anything")
struct SegmentAnythingProcessingTests {
    private typealias Fixtures = SegmentAnythingFixtures

    @Test(
        "Resized, normalised, padded, decoded and brought back to the photo's size",
        arguments: [("small", Size2D(height: 50, width: 70)), ("large", Size2D(height: 90, width: 150))])
    func photo(name: String, size: Size2D) throws {
        let (model, golden) = (try Fixtures.model(), try Fixtures.golden("sam-processing"))
        let photo = BackboneFixtures.formulaImages(1, size.height, size.width).selecting(axis: 0, index: 0)
        let embedding = model.embed(photo: photo)
        #expect(embedding.frame == SAMFrame(original: size, side: 96))
        BackboneFixtures.expectEqual(embedding.map, try #require(golden["\(name).map"]), "map")
        let (width, height) = (Float(size.width), Float(size.height))
        let box = SAMPrompt.Box(left: 0.1 * width, top: 0.2 * height, right: 0.7 * width, bottom: 0.9 * height)
        let prompt = SAMPrompt(points: [.init(x: 0.3 * width, y: 0.4 * height)], box: box)
        let masks = model.masks(embedding, [prompt], multimask: true)
        BackboneFixtures.expectEqual(masks.qualities, try #require(golden["\(name).qualities"]), "qualities")
        let logits = masks.logits()
        #expect(logits.shape == [1, 3, size.height, size.width])
        let first = logits.sliced(axis: 1, from: 0, count: 1).reshaped(to: [size.height, size.width])
        BackboneFixtures.expectEqual(first, try #require(golden["\(name).logits"]), "first mask")
        let rest = logits.sliced(axis: 1, from: 1, count: 2).scalars
        let seventh = stride(from: 0, to: rest.count, by: 7).map { rest[$0] }
        BackboneFixtures.expectEqual(
            Tensor(seventh, shape: [seventh.count]), try #require(golden["\(name).others"]), "other masks")
    }

    @Test("The surest mask is the one of the highest predicted IoU, and a prompt's masks are those of its row")
    func surest() throws {
        let model = try Fixtures.model()
        let photo = BackboneFixtures.formulaImages(1, 50, 70).selecting(axis: 0, index: 0)
        let prompts = [SAMPrompt(points: [.init(x: 4, y: 9)]), SAMPrompt(points: [.init(x: 60, y: 30)])]
        let masks = model.masks(model.embed(photo: photo), prompts, multimask: true)
        let surest = masks.surest()
        #expect(surest.lowResolution.shape == [2, 1, 24, 24] && surest.qualities.shape == [2, 1])
        for row in 0..<2 {
            let qualities = masks[row].qualities.scalars
            let best = try #require(qualities.indices.max { qualities[$0] < qualities[$1] })
            #expect(surest[row].qualities.scalars == [qualities[best]])
            let expected = masks[row].lowResolution.sliced(axis: 1, from: best, count: 1)
            #expect(surest[row].lowResolution.scalars == expected.scalars)
        }
    }

    @Test("Inference in bfloat16 is close to float32, masks included")
    func lowPrecision() throws {
        let (exact, rounded) = (try Fixtures.model(), try Fixtures.model(precision: .bfloat16))
        let photo = BackboneFixtures.formulaImages(1, 90, 150).selecting(axis: 0, index: 0)
        let prompts = [SAMPrompt(box: .init(left: 20, top: 10, right: 90, bottom: 70))]
        let (map, other) = (exact.embed(photo: photo), rounded.embed(photo: photo))
        #expect(other.map.dtype == .bfloat16 && BackboneFixtures.relativeDistance(other.map, map.map) < 0.03)
        let (masks, others) = (exact.masks(map, prompts, multimask: true), rounded.masks(other, prompts, multimask: true))
        #expect(others.lowResolution.dtype == .float32)
        #expect(BackboneFixtures.relativeDistance(others.lowResolution, masks.lowResolution) < 0.06)
        #expect(BackboneFixtures.relativeDistance(others.qualities, masks.qualities) < 0.06)
        let flipped = zip(others.logits().scalars, masks.logits().scalars).count { ($0 > 0) != ($1 > 0) }
        #expect(flipped < masks.logits().count / 30)
    }
}
