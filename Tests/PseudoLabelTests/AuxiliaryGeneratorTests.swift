internal import Datasets
internal import Diffusion
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("Generators of auxiliary supports")
struct AuxiliaryGeneratorTests {
    private typealias Fixtures = AuxiliaryFixtures

    private static func request(
        _ control: ControlKind = .segmentation, seed: UInt64 = 1, index: Int = 0, support: Support = Fixtures.support(),
        name: String = "striped ring", side: Int = 64
    ) -> AuxiliaryRequest {
        AuxiliaryRequest(
            photo: support.image, mask: Fixtures.mask(support), id: support.id, item: FewShotClass(id: 1, name: name),
            condition: ControlCondition(control, side: side), prompt: "a photo of the cat", steps: 2, guidance: 3, seed: seed,
            index: index)
    }

    @Test("The painter keeps the mask, in other colours on another ground, the same again", arguments: ControlKind.allCases)
    func painter(_ control: ControlKind) throws {
        let painter = ShapesRedrawing()
        let request = Self.request(control)
        let picture = try #require(try painter.picture(request))
        #expect((picture.height, picture.width) == (40, 48))
        #expect(try painter.picture(request) == picture)
        #expect(try painter.picture(Self.request(control, seed: 2)) != picture)
        #expect(painter.shown(in: request) == request.mask)
        let pixels = request.mask.values.indices.filter { picture.pixels[3 * $0] != request.photo.pixels[3 * $0] }
        #expect(pixels.count > 40 * 48 * 8 / 10)
    }

    @Test("A painter that drifts shows the thing elsewhere, by how far it is told")
    func drift() throws {
        let support = Fixtures.support(x: 15, y: 12)
        func overlap(_ drift: Float) throws -> Float {
            let overlaps = try (0..<8).map { (seed: UInt64) in
                let request = Self.request(seed: seed, support: support)
                let shown = try #require(ShapesRedrawing(drift: drift).shown(in: request))
                #expect(shown.area > 0)
                return shown.overlap(with: request.mask)
            }
            return overlaps.reduce(0, +) / 8
        }
        let (little, much) = (try overlap(0.2), try overlap(1))
        #expect(little < 0.99 && much < little - 0.1)
    }

    @Test("Light and dark places of the support stay under a soft boundary, not under a semantic mask")
    func tones() throws {
        var support = Fixtures.support(x: 4, y: 4, side: 32)
        for pixel in support.image.pixels.indices.map({ $0 / 3 }) where (pixel % 48) / 4 % 2 == 0 {
            support.image.pixels.replaceSubrange(3 * pixel..<3 * pixel + 3, with: [20, 20, 20])
        }
        func correlation(_ control: ControlKind) throws -> Double {
            let values = try (0..<6).map { (seed: UInt64) in
                let request = Self.request(control, seed: seed, support: support)
                let picture = try #require(try ShapesRedrawing().picture(request))
                let inside = request.mask.values.indices.filter { request.mask.values[$0] }
                func luma(_ image: RGBImage) -> [Double] {
                    inside.map { Double(image.pixels[3 * $0]) + 2 * Double(image.pixels[3 * $0 + 1]) }
                }
                return abs(try #require(Correlation.pearson(luma(picture), luma(request.photo))))
            }
            return values.reduce(0, +) / 6
        }
        #expect(try correlation(.hed) > 0.7)
        #expect(try correlation(.segmentation) < 0.5)
    }

    @Test("Only a semantic mask needs a class that the painter knows")
    func classes() throws {
        #expect(throws: GenerationError.self) { _ = try ShapesRedrawing().picture(Self.request(name: "dog")) }
        #expect(try ShapesRedrawing().picture(Self.request(.hed, name: "dog")) != nil)
    }

    @Test("A folder has what is there under the release's names, and leads nowhere else")
    func folder() throws {
        let root = try Fixtures.folder()
        defer { try? FileManager.default.removeItem(at: root) }
        #expect(throws: DatasetError.self) { _ = try AuxiliaryFolder(root) }
        #expect(throws: DatasetError.self) { _ = try AuxiliaryFolder(root.appendingPathComponent("none")) }
        try ImageFile.save(RGBImage(height: 8, width: 8, red: 7), to: root.appendingPathComponent("photo_1_0.png"))
        let generator = try AuxiliaryFolder(root)
        #expect(try generator.picture(Self.request())?.pixels[0] == 7)
        #expect(try generator.picture(Self.request(index: 1)) == nil)
        for id in ["", "/etc/photo", "../photo", "a/../../photo"] {
            #expect(throws: GenerationError.self) {
                _ = try generator.picture(Self.request(support: Fixtures.support(id: id)))
            }
        }
        try ImageFile.save(RGBImage(height: 8, width: 8, red: 9), to: root.appendingPathComponent("photo_1_0.png"))
        #expect(try AuxiliaryFolder(root).identity != generator.identity)
    }

    @Test("Generators are read from words")
    func words() throws {
        #expect(try AuxiliaryGeneratorChoice(text: "shapes") == .shapes(drift: 0))
        #expect(try AuxiliaryGeneratorChoice(text: "shapes-0.5") == .shapes(drift: 0.5))
        #expect(try AuxiliaryGeneratorChoice(text: "folder=/a") == .folder("/a"))
        for text in ["", "painter", "shapes-3", "shapes-nan", "shapes-", "folder", "server=x", "/"] {
            #expect(throws: RunError.self, "\(text)") { _ = try AuxiliaryGeneratorChoice(text: text) }
        }
    }

    @Test("Stable Diffusion is shown the control, by the number and words of the request")
    func diffusion() throws {
        let generator = try ControlledDiffusion(TinyDiffusion.model(controls: 1))
        let request = Self.request(.scribble)
        let picture = try #require(try generator.picture(request))
        #expect((picture.height, picture.width) == (64, 64))
        #expect(try generator.picture(request) == picture)
        #expect(try generator.picture(Self.request(.scribble, seed: 2)) != picture)
        let elsewhere = Self.request(.scribble, support: Fixtures.support(x: 30, y: 20))
        #expect(try generator.picture(elsewhere) != picture)
        var unguided = request
        unguided.strength = 0
        #expect(try generator.picture(unguided) != picture)
        #expect(try generator.identity != ControlledDiffusion(TinyDiffusion.model(controls: 1, seed: 9)).identity)
        #expect(throws: TextToImageError.self) { _ = try ControlledDiffusion(TinyDiffusion.model(controls: 0)) }
    }

    @Test("A folder of diffusers brings its own ControlNet; one that is named takes its place")
    func ownControlNet() throws {
        let root = try Fixtures.folder()
        defer { try? FileManager.default.removeItem(at: root) }
        let model = root.appendingPathComponent("model")
        try TinyDiffusion.write(TinyDiffusion.model(controls: 1), to: model)
        let choice = try AuxiliaryGeneratorChoice(text: model.path)
        #expect(choice == .diffusion(model: model.standardizedFileURL.path))
        let own = try choice.generator(ComputeSettings())
        #expect(try own.picture(Self.request(.scribble)) != nil)
        func named(_ network: URL) throws -> any AuxiliaryGenerator {
            try AuxiliaryGeneratorChoice.diffusion(model: model.path, controlNet: network.path).generator(ComputeSettings())
        }
        // Naming the same one is no second.
        #expect(try named(model.appendingPathComponent("controlnet")).identity == own.identity)
        let other = root.appendingPathComponent("other")
        try DiffusersFolder(root).write(TinyDiffusion.model(controls: 1, seed: 9).controlNets[0], name: "other")
        #expect(try named(other).identity != own.identity)
        // Of several in the folder one has to be named.
        try TinyDiffusion.write(TinyDiffusion.model(controls: 2), to: model)
        let found = #expect(throws: TextToImageError.self) { _ = try choice.generator(ComputeSettings()) }
        #expect("\(found as Any)".contains("2 ControlNets"))
        #expect(try named(model.appendingPathComponent("controlnet")).identity == own.identity)
        let bare = root.appendingPathComponent("bare")
        try TinyDiffusion.write(TinyDiffusion.model(), to: bare)
        let none = #expect(throws: TextToImageError.self) {
            _ = try AuxiliaryGeneratorChoice(text: bare.path).generator(ComputeSettings())
        }
        #expect("\(none as Any)".contains("--controlnet"))
    }

    @Test("Controls have the size that the model was trained on, where nothing else is asked for")
    func nativeSize() throws {
        func side(_ sample: Size2D?, asked: Int = 0) throws -> Int {
            let generator = try ControlledDiffusion(TinyDiffusion.model(controls: 1, sampleSize: sample))
            var settings = AuxiliarySettings()
            settings.side = asked
            return AuxiliaryMaker(generator, settings: settings).condition.side
        }
        // Its autoencoder makes pictures eight times smaller.
        #expect(try side(16) == 128 && side([20, 16]) == 128 && side(16, asked: 256) == 256)
        // 16 pixels are fewer than a control can have.
        #expect(try side(nil) == 512 && side(2) == 64)
        #expect(AuxiliaryMaker(Fixtures.Squares()).condition.side == 512 && AuxiliarySettings.released.side == 512)
        for size in [10, 63, -1] {
            var settings = DifFSSSettings()
            settings.auxiliary.side = size
            let found = #expect(throws: ConfigurationError.self) { try settings.validate(source: "test") }
            #expect(found?.key == "auxiliary.side")
        }
    }

    @Test("Stable Diffusion 3 is shown the control as well, led by its own scheduler")
    func third() throws {
        let generator = try ControlledDiffusion(TinyDiffusion.third(controls: 1))
        #expect(generator.scheduler == .flowEuler)
        let request = Self.request(.scribble)
        let picture = try #require(try generator.picture(request))
        #expect((picture.height, picture.width) == (64, 64))
        #expect(try generator.picture(request) == picture)
        #expect(try generator.picture(Self.request(.scribble, seed: 2)) != picture)
        #expect(try generator.picture(Self.request(.scribble, support: Fixtures.support(x: 30, y: 20))) != picture)
        var unguided = request
        unguided.strength = 0
        #expect(try generator.picture(unguided) != picture)
        let others = [
            try TinyDiffusion.third(controls: 1, seed: 9), try TinyDiffusion.third(controls: 1, textSeed: 9),
            try TinyDiffusion.third(controls: 1, zeroesVector: false),
        ]
        let identities = try ([generator.model] + others).map { try ControlledDiffusion($0).identity }
        #expect(Set(identities).count == 4 && identities[0] == generator.identity)
        for controls in [0, 2] {
            #expect(throws: TextToImageError.self) { _ = try ControlledDiffusion(TinyDiffusion.third(controls: controls)) }
        }
        let misled = try ControlledDiffusion(TinyDiffusion.third(controls: 1), scheduler: .ddim)
        #expect(throws: TextToImageError.self) { _ = try misled.picture(request) }
    }

    @Test("What the files of a model leave open goes on to it, and is refused where it does not belong")
    func files() throws {
        let folder = try Fixtures.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("other.safetensors")
        try Safetensors.save(try TinyDiffusion.model().autoencoder.stateDict(), to: file)
        let plan = try SynthesisPlan(classNames: ["cat"])
        for (model, name, textEncoders, prediction) in [
            (file.path, "textEncoders", folder.path, nil), (folder.path, "prediction", nil, LatentPrediction.velocity),
        ] as [(String, String, String?, LatentPrediction?)] {
            let synthetic = GeneratorChoice.diffusion(model: model, textEncoders: textEncoders, prediction: prediction)
            let first = #expect(throws: TextToImageError.self) { _ = try synthetic.generator(plan, GenerationSettings()) }
            #expect("\(first as Any)".contains("\(name): found"))
            let auxiliary = AuxiliaryGeneratorChoice.diffusion(
                model: model, controlNet: folder.path, textEncoders: textEncoders, prediction: prediction)
            let second = #expect(throws: TextToImageError.self) { _ = try auxiliary.generator(ComputeSettings()) }
            #expect("\(second as Any)".contains("\(name): found"))
        }
    }

    @Test("Choices of a model come back from a manifest, those of earlier manifests too")
    func stored() throws {
        let choice = AuxiliaryGeneratorChoice.diffusion(
            model: "/m", controlNet: "/c", textEncoders: "/e", prediction: .velocity)
        let text = try #require(String(bytes: JSONEncoder().encode(choice), encoding: .utf8))
        #expect(text.contains("textEncoders") && text.contains("prediction") && !text.contains("vocabulary"))
        #expect(try JSONDecoder().decode(AuxiliaryGeneratorChoice.self, from: Data(text.utf8)) == choice)
        let earlier = Data(#"{"diffusion": {"model": "/m", "controlNet": "/c", "vocabulary": "/v"}}"#.utf8)
        let known = try JSONDecoder().decode(AuxiliaryGeneratorChoice.self, from: earlier)
        #expect(known == .diffusion(model: "/m", controlNet: "/c", vocabulary: "/v"))
        let synthetic = GeneratorChoice.diffusion(model: "/m", textEncoders: "/e", prediction: .noise)
        #expect(try JSONDecoder().decode(GeneratorChoice.self, from: JSONEncoder().encode(synthetic)) == synthetic)
        let shorter = Data(#"{"diffusion": {"model": "/m"}}"#.utf8)
        #expect(try JSONDecoder().decode(GeneratorChoice.self, from: shorter) == .diffusion(model: "/m"))
    }

    @Test("A text-to-image model makes synthetic images, whose identity has all that decides them")
    func textToImage() async throws {
        let model = try TinyDiffusion.model()
        let settings = TextToImageRequest("", size: Size2D(32), steps: 2)
        let generator = try TextToImageGenerator(model, request: settings)
        let request = ImageRequest(prompt: "a photo", className: "cat", seed: 5, index: 0)
        let picture = try await generator.generate(request)
        #expect((picture.height, picture.width) == (32, 32))
        var own = settings
        (own.prompt, own.seed) = ("a photo", 5)
        #expect(try model.generate(own).image == picture)
        var others: [TextToImageRequest] = []
        for change in 0..<4 {
            var other = settings
            switch change {
            case 0: other.steps = 3
            case 1: other.guidance = 2
            case 2: other.negativePrompt = "the cat"
            default: other.size = Size2D(40)
            }
            others.append(other)
        }
        let identities = try others.map { try TextToImageGenerator(model, request: $0).identity } + [generator.identity]
        #expect(Set(identities).count == 5)
        for other in [try TinyDiffusion.model(seed: 4), try TinyDiffusion.model(prediction: .velocity)] {
            #expect(try TextToImageGenerator(other, request: settings).identity != generator.identity)
        }
    }

    @Test("Other text encoders of version 3 make another generator, and other images")
    func encoders() async throws {
        let settings = TextToImageRequest("", size: Size2D(32), steps: 2, guidance: 3)
        let request = ImageRequest(prompt: "a photo", className: "cat", seed: 5, index: 0)
        let generator = try TextToImageGenerator(TinyDiffusion.third(), request: settings)
        let same = try TextToImageGenerator(TinyDiffusion.third(), request: settings)
        let other = try TextToImageGenerator(TinyDiffusion.third(textSeed: 9), request: settings)
        #expect(same.identity == generator.identity && other.identity != generator.identity)
        let picture = try await generator.generate(request)
        #expect((picture.height, picture.width) == (32, 32))
        #expect(try await same.generate(request) == picture)
        #expect(try await other.generate(request) != picture)
    }
}
