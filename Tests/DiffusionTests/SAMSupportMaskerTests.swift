internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

@Suite("Segment Anything makes masks of supports")
struct SAMSupportMaskerTests {
    private static let (height, width) = (50, 70)

    /// Weights by formula: some masks are neither empty nor full.
    private static func model() -> SegmentAnything {
        let configuration = SAMConfiguration(
            encoder: .vit(SAMViT(width: 32, depth: 3, heads: 2, globalBlocks: [1], window: 4)), imageSize: 96, channels: 32)
        let model = SegmentAnything(ParameterScope(seed: 3), configuration)
        model.freeze()
        return model
    }

    private static let photo: RGBImage = {
        var photo = RGBImage(height: height, width: width)
        for index in photo.pixels.indices { photo.pixels[index] = UInt8(truncatingIfNeeded: index * index / 7 + 13 * index) }
        return photo
    }()

    private static func inside(_ logits: Tensor) -> [Bool] { logits.scalars.map { $0 > 0 } }

    @Test("Boxes are united, points are one prompt, and one point has the surest of three masks")
    func byHand() throws {
        let model = Self.model()
        let masker = SAMSupportMasker(model)
        let embedding = model.embed(Self.photo)
        func by(_ prompt: SAMPrompt, multimask: Bool = false) -> [Bool] {
            let masks = model.masks(embedding, [prompt], multimask: multimask)
            return Self.inside((multimask ? masks.surest() : masks).logits())
        }
        func mask(_ annotation: Annotation) throws -> [Bool] {
            try masker.mask(of: Support(image: Self.photo, annotation: annotation)).values
        }
        let boxes = [Box(x0: 10, y0: 5, x1: 30, y1: 25), Box(x0: 40, y0: 0, x1: 70, y1: 12)]
        let parts = boxes.map { box in
            by(
                SAMPrompt(
                    box: SAMPrompt.Box(
                        left: Float(box.x0), top: Float(box.y0), right: Float(box.x1), bottom: Float(box.y1))))
        }
        #expect(parts[0] != parts[1])
        #expect(try mask(.boxes(boxes)) == zip(parts[0], parts[1]).map { $0 || $1 })
        let places = [SAMPrompt.Point(x: 20, y: 14), SAMPrompt.Point(x: 50, y: 40)]
        let points = places.map { Point(x: Double($0.x), y: Double($0.y)) }
        #expect(try mask(.points(points)) == by(SAMPrompt(points: places)))
        let one = by(SAMPrompt(points: [places[0]]), multimask: true)
        #expect(try mask(.points([points[0]])) == one)
        #expect(one != by(SAMPrompt(points: [places[0]])))
        // A stroke of 40 pixels to the right and 40 down: a place every 20.
        let stroke = Scribble(points: [Point(x: 10, y: 5), Point(x: 50, y: 5), Point(x: 50, y: 45)])
        let corners: [(Float, Float)] = [(10, 5), (30, 5), (50, 5), (50, 25), (50, 45)]
        #expect(
            try mask(.scribbles([stroke])) == by(SAMPrompt(points: corners.map { SAMPrompt.Point(x: $0.0, y: $0.1) })))
        #expect(throws: DatasetError.self) { try mask(.points([Point(x: 71, y: 3)])) }
    }

    @Test("Masks and photos without an annotation stay as they are")
    func kept() throws {
        let masker = SAMSupportMasker(Self.model())
        let drawn = BinaryMask(height: Self.height, width: Self.width, values: (0..<3500).map { $0 % 3 == 0 })
        for annotation in [Annotation.mask(drawn), .none] {
            #expect(try masker.prepared(Support(image: Self.photo, annotation: annotation)).annotation == annotation)
        }
        let prepared = try masker.prepared(Support(image: Self.photo, annotation: .points([Point(x: 20, y: 14)])))
        #expect(prepared.annotation.kind == .mask)
    }

    @Test("A prediction shows the mask that was made, and a continued one makes the same")
    func prediction() async throws {
        try await RunTests.inFolder { folder in
            let weights = folder.appending(path: "sam.safetensors")
            try Safetensors.save(Self.model().stateDict(), to: weights)
            let photo = folder.appending(path: "photo.png")
            try ImageFile.save(Self.photo, to: photo)
            func run(_ annotation: String, sam: Bool) throws -> PredictionRun {
                var run = PredictionRun(
                    supports: [SupportChoice(image: photo.path, annotations: [annotation])],
                    queries: try QueryPhoto.found([photo.path]), model: RunTests.choice(folder))
                run.masker = sam ? .segmentAnything(weights: weights.path) : nil
                return run
            }
            func probability(_ name: String) throws -> Data {
                try Data(contentsOf: folder.appending(path: "\(name)/probabilities/photo.png"))
            }
            let out = folder.appending(path: "out")
            _ = try await run("20,14", sam: true).run(in: RunFolder(out.path, command: "predict"))
            let made = out.appending(path: "supports/1.png")
            let mask = try LabelMap.load(made).values.map { $0 != 0 }
            #expect(
                mask
                    == (try SAMSupportMasker(Self.model()).mask(
                        of: Support(image: Self.photo, annotation: .points([Point(x: 20, y: 14)]))
                    ).values))
            #expect(FileManager.default.fileExists(atPath: out.appending(path: "supports/1.jpg").path))
            _ = try await run(made.path, sam: false).run(
                in: RunFolder(folder.appending(path: "by-mask").path, command: "predict"))
            #expect(try probability("out") == probability("by-mask"))
            let first = try probability("out")
            try FileManager.default.removeItem(at: out.appending(path: "masks/photo.png"))
            let again = try RunFolder(resuming: out.path, command: "predict")
            _ = try await PredictionRun.resuming(again).run.run(in: again)
            #expect(try probability("out") == first)
        }
    }
}
