internal import Datasets
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

@Suite("SAM as a boundary refiner")
struct SAMRefinerTests {
    private static let (height, width) = (50, 70)

    private static func model(seed: UInt64 = 3, precision: Precision = .float32) -> SegmentAnything {
        let configuration = SAMConfiguration(
            encoder: .vit(SAMViT(width: 32, depth: 3, heads: 2, globalBlocks: [1], window: 4)), imageSize: 96, channels: 32,
            decoderHeads: 4, decoderHidden: 64, qualityHidden: 24)
        let model = SegmentAnything(ParameterScope(seed: seed), configuration, precision: precision)
        model.freeze()
        return model
    }

    private static let photo: RGBImage = {
        var photo = RGBImage(height: height, width: width)
        for index in photo.pixels.indices { photo.pixels[index] = UInt8(truncatingIfNeeded: index * index / 7 + 13 * index) }
        return photo
    }()

    private static func region(_ box: Box, classID: Int = 5) -> PromptedRegion {
        let values = (0..<height * width).map { pixel in
            (box.y0..<box.y1).contains(pixel / width) && (box.x0..<box.x1).contains(pixel % width)
        }
        return PromptedRegion(classID: classID, box: box, mask: BinaryMask(height: height, width: width, values: values))
    }

    private static let regions = [
        region(Box(x0: 10, y0: 5, x1: 30, y1: 25)), region(Box(x0: 0, y0: 0, x1: width, y1: height)),
        region(Box(x0: 69, y0: 49, x1: 70, y1: 50)), region(Box(x0: 40, y0: 0, x1: 70, y1: 12)),
        region(Box(x0: 33, y0: 20, x1: 60, y1: 44)),
    ]

    /// A refiner with some options.
    private static func refiner(
        _ further: SAMRefiner.Options.Further, _ choice: SAMRefiner.Options.Choice, batchSize: Int = 16
    ) throws -> SAMRefiner {
        var options = SAMRefiner.Options()
        (options.further, options.choice, options.batchSize) = (further, choice, batchSize)
        return try SAMRefiner(model(), options)
    }

    private static func isSame(_ a: RefinedRegion, _ b: RefinedRegion) -> Bool {
        a.mask == b.mask && abs(a.score - b.score) < 1e-5
    }

    @Test("One box is answered as the network answers it by hand")
    func byHand() throws {
        let model = Self.model()
        let frame = SAMFrame(original: Size2D(height: Self.height, width: Self.width), side: 96)
        #expect(frame.resized == Size2D(height: 69, width: 96))
        let resized = Self.photo.resized(height: 69, width: 96, filter: .bilinear)
        let embedding = model.embed(resized.tensor(), original: frame.original)
        let box = SAMPrompt.Box(left: 10, top: 5, right: 29, bottom: 24)
        // The middle of 20 by 20 pixels lies between four, of which the first is taken.
        let centre = SAMPrompt.Point(x: 19, y: 14)
        let inside: [Float] = (0..<96 * 96).map { place in
            let (row, column) = (place / 96 * 50 / 69, place % 96 * 70 / 96)
            return (5..<25).contains(row) && (10..<30).contains(column) ? 1 : 0
        }
        let share = Tensor(inside, shape: [1, 96, 96, 1]).resized(to: Size2D(24), .area)
        let coarse = (share * 14 - 7).reshaped(to: [24, 24])
        let prompts: [(SAMRefiner.Options.Further, SAMPrompt)] = [
            (.nothing, SAMPrompt(box: box)), (.centre, SAMPrompt(points: [centre], box: box)),
            (.mask, SAMPrompt(box: box, mask: coarse)),
        ]
        var seen: Set<Float> = []
        for (further, prompt) in prompts {
            let (one, three) = (
                model.masks(embedding, [prompt], multimask: false), model.masks(embedding, [prompt], multimask: true)
            )
            let best = try #require(
                three.qualities.scalars.indices.max { three.qualities.scalars[$0] < three.qualities.scalars[$1] })
            let expected: [(SAMRefiner.Options.Choice, Tensor, Float)] = [
                (.single, one.logits(), one.qualities.scalar),
                (.surest, three.logits().sliced(axis: 1, from: best, count: 1), three.qualities.scalars[best]),
            ]
            for (choice, logits, quality) in expected {
                let found = try Self.refiner(further, choice).refine([Self.regions[0]], in: Self.photo)[0]
                let inside = logits.scalars.map { $0 > 0 }
                // What the mask of a region becomes on the way is tested elsewhere; area and nearest differ along its edge.
                let wrong = zip(found.mask.values, inside).count { $0 != $1 }
                #expect(further == .mask ? wrong < inside.count / 20 : wrong == 0, "\(further) \(choice): \(wrong)")
                #expect(abs(found.score - min(max(quality, 0), 1)) < (further == .mask ? 0.02 : 1e-5), "\(further) \(choice)")
                seen.insert(quality)
            }
        }
        #expect(seen.count == 6)
    }

    @Test(
        "Batches change nothing, and neither do the other regions",
        arguments: [SAMRefiner.Options.Further.nothing, .mask, .centre])
    func batches(further: SAMRefiner.Options.Further) throws {
        for choice in [SAMRefiner.Options.Choice.single, .surest] {
            let together = try Self.refiner(further, choice).refine(Self.regions, in: Self.photo)
            let two = try Self.refiner(further, choice, batchSize: 2).refine(Self.regions, in: Self.photo)
            #expect(together.count == Self.regions.count)
            for (index, region) in Self.regions.enumerated() {
                let alone = try Self.refiner(further, choice).refine([region], in: Self.photo)
                #expect(Self.isSame(together[index], alone[0]) && Self.isSame(two[index], alone[0]), "region \(index)")
                #expect(alone[0].mask.height == Self.height && alone[0].mask.width == Self.width)
                #expect((0...1).contains(alone[0].score))
            }
        }
    }

    @Test("No regions, regions without pixels, and boxes beyond the photo")
    func edges() throws {
        let refiner = try Self.refiner(.mask, .surest)
        #expect(refiner.refine([], in: Self.photo).isEmpty)
        var empty = Self.regions[0]
        empty.mask.values = empty.mask.values.map { _ in false }
        var outside = Self.regions[0]
        outside.box = Box(x0: 70, y0: 0, x1: 90, y1: 10)
        var reaching = Self.regions[1]
        reaching.box = Box(x0: -4, y0: -9, x1: 400, y1: 51)
        let answers = refiner.refine([empty, reaching, outside, Self.regions[1]], in: Self.photo)
        #expect(answers.count == 4)
        #expect(answers[0].mask.area == 0 && answers[0].score == 0 && answers[2].mask.area == 0 && answers[2].score == 0)
        #expect(Self.isSame(answers[1], answers[3]))
        #expect(refiner.refine([empty, outside], in: Self.photo).allSatisfy { $0.mask.area == 0 })
    }

    @Test("The centre is a pixel of the region, even of one that is bent around its centroid")
    func centre() {
        let ring: [Bool] = (0..<49).map { place in
            let (row, column) = (place / 7, place % 7)
            return [0, 6].contains(row) || [0, 6].contains(column)
        }
        let point = SAMRefiner.centre(of: BinaryMask(height: 7, width: 7, values: ring))
        #expect(point == SAMPrompt.Point(x: 3, y: 0))
        #expect(SAMRefiner.centre(of: BinaryMask(height: 1, width: 2, values: [false, false])) == nil)
    }

    @Test("The identity tells weights, precision and options, and not how regions are batched")
    func identity() throws {
        let plain = try SAMRefiner(Self.model())
        var others = [
            try SAMRefiner(Self.model(seed: 4)).identity, try SAMRefiner(Self.model(precision: .bfloat16)).identity,
            try Self.refiner(.mask, .single).identity, try Self.refiner(.centre, .single).identity,
            try Self.refiner(.nothing, .surest).identity,
        ]
        var options = SAMRefiner.Options()
        (options.further, options.maskLogit) = (.mask, 3)
        others.append(try SAMRefiner(Self.model(), options).identity)
        #expect(Set(others + [plain.identity]).count == 7)
        #expect(try Self.refiner(.nothing, .single, batchSize: 3).identity == plain.identity)
    }

    @Test("A file's digest is in the identity, and its network answers as the one that was saved")
    func loading() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("refiner-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("sam.safetensors")
        try Safetensors.save(Self.model().stateDict(), to: file)
        let refiner = try SAMRefiner(SegmentAnything.load(weights: file, decoderHeads: 4))
        let digest = SHA256.hex([UInt8](try Data(contentsOf: file)))
        #expect(refiner.identity == "sam \(digest) float32 further nothing choice single")
        let (saved, loaded) = (
            try Self.refiner(.nothing, .single).refine(Self.regions, in: Self.photo), refiner.refine(Self.regions, in: Self.photo)
        )
        #expect(zip(saved, loaded).allSatisfy { Self.isSame($0, $1) })
        #expect(throws: SAMError.self) { try SAMRefiner.load(weights: folder.appendingPathComponent("none.pth")) }
    }

    @Test("A number out of its range is refused")
    func ranges() {
        var options = SAMRefiner.Options()
        options.batchSize = 0
        let error = #expect(throws: ConfigurationError.self) { try SAMRefiner(Self.model(), options) }
        #expect(error?.key == "batchSize")
    }

    @Test("The refinement of labels takes SAM's answers")
    func refinement() throws {
        var labels = ClassMap(height: Self.height, width: Self.width, values: [Int32](repeating: 0, count: 3500))
        for pixel in Self.regions[4].mask.values.indices where Self.regions[4].mask.values[pixel] { labels.values[pixel] = 5 }
        var settings = BoundaryRefinement()
        settings.minimumAgreement = 0
        let result = try settings(labels, in: Self.photo, by: try Self.refiner(.nothing, .single))
        #expect(result.regions == 1 && result.accepted == 1 && result.changed > 0)
    }
}
