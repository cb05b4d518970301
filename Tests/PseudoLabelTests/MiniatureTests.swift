internal import Datasets
internal import Diffusion
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import TensorCore
internal import Testing

/// The miniature of Stable Diffusion: captions, stages, the folder that they leave.
@Suite("Miniature latent diffusion")
struct MiniatureTests {
    private static func settings(_ stage: MiniatureStage, steps: Int = 4) -> MiniatureSettings {
        var settings = MiniatureSettings(stage)
        settings.shape.imageSize = 64
        settings.shape.autoencoderChannels = [16, 16, 16]
        settings.shape.denoiserChannels = [16, 32]
        (settings.shape.textWidth, settings.shape.textDepth) = (16, 1)
        (settings.imagesPerClass, settings.checkpointInterval) = (1, 2)
        (settings.training.steps, settings.training.batchSize) = (steps, 2)
        settings.training.trainsDenoiser = false
        // One stage in shards, as several ranks share them.
        settings.training.shards = stage == .denoiser ? 2 : nil
        return settings
    }

    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("miniature-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private static func train(
        _ stage: MiniatureStage, in folder: URL, base: MiniatureStage? = nil, name: String? = nil, cancelAt step: Int? = nil
    ) async throws -> URL {
        let plan = MiniaturePlan(
            stage, base: base.map { folder.appending(path: "\($0)/model").path }, settings: settings(stage))
        let place = folder.appending(path: name ?? stage.rawValue)
        let exists = FileManager.default.fileExists(atPath: place.path)
        let run = exists ? try TrainingRun<MiniaturePlan>(resuming: place.path) : try TrainingRun(plan, at: place.path)
        return try await Task {
            try await run.run { event in
                guard case .progress(let progress) = event, progress.title == "training", progress.done == step else { return }
                withUnsafeCurrentTask { $0?.cancel() }
            }.model
        }.value
    }

    @Test("Every word of a caption is one token, other texts are spelled")
    func vocabulary() throws {
        let merges = CaptionVocabulary.merges(for: CaptionedScenes.words)
        let tokenizer = CLIPTokenizer(try BytePairVocabulary(merges: merges.utf8, source: "test"))
        for word in CaptionedScenes.words { #expect(tokenizer.tokens(of: word).count == 1, "\(word)") }
        #expect(tokenizer.tokens(of: "a photo of a striped ring and a dotted star").count == 10)
        #expect(tokenizer.tokens(of: "zebra").count > 1)
    }

    @Test("Captions name what a scene shows, its own class first")
    func captions() async throws {
        let scenes = try await CaptionedScenes(fold: 1, imagesPerClass: 2, size: 32)
        #expect(scenes.scenes.count == 30)
        var random = TorchRandom(seed: 1)
        for scene in scenes.scenes {
            let own = Shapes5i.className(scene.classIDs[0])
            let caption = scenes.caption(of: scene, &random)
            #expect(caption.contains("a \(own)"), "\(caption)")
            #expect(scene.classIDs.allSatisfy { Shapes5i.baseClasses(ofFold: 1).contains($0) })
            for other in scene.classIDs.dropFirst() where caption.contains(Shapes5i.className(other)) {
                #expect(caption.contains("\(own) and a"), "\(caption)")
            }
        }
    }

    @Test("Scenes are looked at as closely as they are told to be, whole ones as they are drawn")
    func framing() async throws {
        var framing = SceneFraming()
        (framing.leastShare, framing.mostShare) = (0.5, 0.5)
        let close = try await CaptionedScenes(fold: 1, imagesPerClass: 4, size: 32, framing: framing)
        let shares = close.scenes.compactMap { scene -> Double? in
            let id = UInt8(scene.classIDs[0])
            let box = BinaryMask(height: 32, width: 32, values: scene.labels.values.map { $0 == id }).boundingBox
            return box.map { Double(max($0.x1 - $0.x0, $0.y1 - $0.y0)) / 32 }
        }
        // Larger things keep their share.
        #expect(shares.count >= 50 && shares.allSatisfy { $0 > 0.4 })
        #expect(shares.count { $0 < 0.6 } > 30)
        (framing.leastShare, framing.mostShare) = (0, 0)
        let whole = try await CaptionedScenes(fold: 1, imagesPerClass: 4, size: 32, framing: framing)
        let shapes = Shapes5i(imageSize: 64, imagesPerClass: 4)
        let drawn = shapes.render(shapes.ids(split: .train, fold: 1)[0])
        #expect(whole.scenes[0].image == drawn.image.resized(height: 32, width: 32))
        framing.leastShare = 0.5
        #expect(throws: ConfigurationError.self) { try framing.validateRelations(source: "test") }
    }

    @Test("Three stages leave a model with a ControlNet that makes pictures, and the same bits when one is interrupted")
    func stages() async throws {
        try await Self.withFolder { folder in
            _ = try await Self.train(.autoencoder, in: folder)
            let denoiser = try await Self.train(.denoiser, in: folder, base: .autoencoder)
            // As folders of earlier versions are: what is trained on them says its size.
            let place = denoiser.appending(path: "unet/config.json")
            let config = try String(contentsOf: place, encoding: .utf8)
            let older = config.replacing(/"sample_size" : 16,/, with: "")
            #expect(older != config)
            try Data(older.utf8).write(to: place)
            let model = try await Self.train(.control, in: folder, base: .denoiser)
            let whole = try TextToImage.load(model)
            #expect(whole.controlNets.count == 1 && whole.nativeSize == 64)
            #expect(try whole.size(of: TextToImageRequest("a ring")) == 64)
            let before = try TextToImage.load(denoiser)
            #expect(TextToImage.weightsDigest([whole.denoiser]) == TextToImage.weightsDigest([before.denoiser]))
            #expect(TextToImage.weightsDigest([whole.autoencoder]) == TextToImage.weightsDigest([before.autoencoder]))
            let hint = RGBImage(height: 64, width: 64, pixels: [UInt8](repeating: 255, count: 64 * 64 * 3))
            let request = TextToImageRequest("a photo of a striped ring", size: Size2D(64), steps: 2, controls: [.init(hint)])
            #expect(try whole.generate(request).image.height == 64)
            // A new ControlNet adds nothing; a trained one does.
            var plain = request
            plain.controls = []
            #expect(try whole.generate(request).latent.scalars != whole.generate(plain).latent.scalars)

            var along = Self.settings(.control)
            along.training.trainsDenoiser = true
            let plan = MiniaturePlan(.control, base: denoiser.path, settings: along)
            _ = try await TrainingRun(plan, at: folder.appending(path: "along").path).run()
            let changed = try TextToImage.load(folder.appending(path: "along/model"))
            #expect(TextToImage.weightsDigest([changed.denoiser]) != TextToImage.weightsDigest([before.denoiser]))
            #expect(TextToImage.weightsDigest([changed.autoencoder]) == TextToImage.weightsDigest([before.autoencoder]))

            _ = try await Self.train(.denoiser, in: folder, base: .autoencoder, name: "again", cancelAt: 2)
            let again = try await Self.train(.denoiser, in: folder, base: .autoencoder, name: "again")
            #expect(try TextToImage.load(again).weightsDigest == before.weightsDigest)
        }
    }

    @Test("Networks see pictures in the range that they are made for")
    func ranges() {
        let image = RGBImage(height: 1, width: 2, pixels: [0, 51, 255, 255, 102, 0])
        for (found, expected) in zip(MiniaturePictures.hints([image]).scalars, [0, 0.2, 1, 1, 0.4, 0] as [Float]) {
            #expect(abs(found - expected) < 1e-6)
        }
        for (found, expected) in zip(MiniaturePictures.tensor([image]).scalars, [-1, -0.6, 1, 1, -0.2, -1] as [Float]) {
            #expect(abs(found - expected) < 1e-6)
        }
    }

    @Test("The settings of a run that is older than shards are read")
    func earlier() throws {
        let settings = Self.settings(.autoencoder)
        let text = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
        #expect(text.contains(#""shards":null"#))
        for older in [#""shards":null,"#, #","shards":null"#] where text.contains(older) {
            let found = try JSONDecoder().decode(MiniatureSettings.self, from: Data(text.replacing(older, with: "").utf8))
            #expect(found == settings)
        }
    }

    @Test("The autoencoder's error falls")
    func learning() async throws {
        try await Self.withFolder { folder in
            var settings = Self.settings(.autoencoder, steps: 60)
            settings.training.learningRate = 4e-3
            let run = try TrainingRun(MiniaturePlan(.autoencoder, settings: settings), at: folder.appending(path: "run").path)
            _ = try await run.run()
            let log = try String(contentsOf: folder.appending(path: "run/metrics.csv"), encoding: .utf8)
            let losses = log.split(separator: "\n").dropFirst().compactMap {
                $0.split(separator: ",", omittingEmptySubsequences: false).dropFirst().first.flatMap { Double($0) }
            }
            #expect(losses.count == 60)
            let (first, last) = (losses.prefix(10).reduce(0, +), losses.suffix(10).reduce(0, +))
            #expect(last < 0.9 * first, "\(first / 10), then \(last / 10)")
        }
    }

    @Test("A stage without its base, and sizes that cannot be, are refused by name")
    func refusals() throws {
        #expect { try MiniaturePlan(.control).validate() } throws: { "\($0)".contains("base") && "\($0)".contains("denoiser") }
        #expect { try MiniaturePlan(.autoencoder, base: "x").validate() } throws: { "\($0)".contains("base") }
        #expect { try MiniaturePlan(.autoencoder, fold: 4).validate() } throws: { "\($0)".contains("0...3") }
        var settings = MiniatureSettings()
        settings.shape.imageSize = 70
        #expect { try MiniaturePlan(.autoencoder, settings: settings).validate() } throws: {
            "\($0)".contains("imageSize") && "\($0)".contains("70")
        }
        settings.shape.imageSize = 64
        settings.shape.denoiserChannels = [10]
        #expect { try MiniaturePlan(.autoencoder, settings: settings).validate() } throws: {
            "\($0)".contains("denoiserChannels")
        }
    }
}
