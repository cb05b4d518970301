internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// The miniature of CLIP: captions, places, the dual encoder, its training and what it finds.
@Suite("Words in miniature")
struct WordTests {
    private static var settings: WordSettings {
        var settings = WordSettings()
        (settings.shape.width, settings.shape.heads, settings.shape.hidden, settings.shape.dimension) = (16, 2, 16, 8)
        (settings.shape.imageSize, settings.imagesPerClass) = (64, 1)
        (settings.steps, settings.batchSize, settings.checkpointInterval, settings.shards) = (4, 16, 2, 2)
        return settings
    }

    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("words-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    /// A file of the small backbone that describes itself.
    private static func backboneFile(in folder: URL) throws -> URL {
        let description = BackboneDescription(
            name: "small", network: .resNet(.tiny(width: 8, blocks: [1, 1, 2])), preprocessing: .torchvision)
        var state = try SmallModel.backbone().stateDict()
        state.metadata["fss.backbone"] = String(decoding: try description.json(), as: UTF8.self)
        let url = folder.appendingPathComponent("backbone.safetensors")
        try Safetensors.save(state, to: url)
        return url
    }

    private static func model(behind backbone: any Backbone, seed: UInt64 = 2) throws -> WordModel {
        try WordModel(
            ParameterScope(seed: seed), settings.shape, words: Shapes5i.captionWords,
            channels: backbone.levels.map(\.channels), backboneDigest: backbone.contentDigest)
    }

    @Test("Every word of a novel name is said of base things, and no novel name is among the captions", arguments: 0..<4)
    func captions(_ fold: Int) {
        let novel = Shapes5i.novelClasses(ofFold: fold).map { Shapes5i.compositions[$0 - 1] }
        let things = Shapes5i.things(without: Shapes5i.novelClasses(ofFold: fold))
        let captions = Shapes5i.captions(of: things)
        #expect(things.count == 56 - 5 && captions.count == 51 + 7 + 8 + 1)
        for item in novel {
            #expect(!captions.contains { $0.phrase == "a \(item.name)" })
            #expect(things.contains { $0.shape == item.shape } && things.contains { $0.texture == item.texture })
            let holding = captions.filter { $0.isTrue(of: item) }.map(\.phrase)
            #expect(Set(holding) == ["something \(item.texture.rawValue)", "a \(item.shape.rawValue)"])
        }
        #expect(captions.filter { $0.isTrue(of: nil) }.map(\.phrase) == ["the ground"])
    }

    @Test("Places show the ground and the classes asked for alone, half of a batch the ground")
    func places() async throws {
        let backbone = try SmallModel.backbone()
        let places = try await WordPlaces(
            backbone, of: Shapes5i.baseClasses(ofFold: 1).filter { $0 != 1 }, fold: 1, imagesPerClass: 1, size: 64, seed: 0
        ) { _ in }
        let novel = ([1] + Shapes5i.novelClasses(ofFold: 1)).map { Shapes5i.compositions[$0 - 1] }
        var random = TorchRandom(seed: 1)
        let batch = places.batch(200, &random)
        #expect(batch.features.shape == [200, backbone.levels.map(\.channels).reduce(0, +)])
        #expect(batch.things.count { $0 == nil } == 100)
        // So it is where a shard has an odd number of places.
        let shards = [0, 3].map { places.batch(3, from: $0, &random).things.map { $0 == nil } }
        #expect(shards == [[true, false, true], [false, true, false]])
        #expect(!batch.things.contains { $0.map(novel.contains) ?? false } && Set(batch.things).count > 10)
    }

    @Test("A file holds the model, and words stand behind their own backbone alone")
    func file() async throws {
        try await Self.withFolder { folder in
            let backbone = try SmallModel.backbone()
            let model = try Self.model(behind: backbone)
            let url = folder.appendingPathComponent("words.safetensors")
            try model.save(to: url, training: "nothing")
            let loaded = try WordModel.load(url)
            model.freeze()
            let texts = ["a photo of a striped ring.", "zebra"]
            #expect(try loaded.text.encoded(texts).scalars == model.text.encoded(texts).scalars)
            #expect(try WordBackbone(backbone, loaded).shares(spaceOf: loaded.text))
            let other = try SmallModel.backbone(seed: 9)
            let error = #expect(throws: TextEncoderError.self) { try WordBackbone(other, loaded) }
            #expect(error?.description.contains("train words") == true)
            #expect(throws: TextEncoderError.self) { try WordModel.load(try Self.backboneFile(in: folder)) }
        }
    }

    @Test("Levels stay, places are float vectors on the finest grid, presence is a probability")
    func backbone() throws {
        let backbone = try SmallModel.backbone()
        let worded = try WordBackbone(backbone, Self.model(behind: backbone))
        let photo = try SmallModel.episode().query.tensor()
        #expect(worded.features(photo).map(\.scalars) == backbone.features(photo).map(\.scalars))
        let map = worded.jointFeatures(photo)
        #expect(map.shape == backbone.features(photo)[0].shape.replacing(axis: 3, with: 8))
        let texts = try worded.model.text.encoded(["a ring", "the ground"])
        let presence = WordPresence(worded.model).prior(texts, QueryFeatures(map))
        #expect(presence.shape[0] == 2 && presence.scalars.allSatisfy { $0 > 0 && $0 < 1 })
    }

    @Test("A run that was interrupted goes on to the same bits")
    func training() async throws {
        try await Self.withFolder { folder in
            let backbone = BackboneChoice(name: nil, weights: try Self.backboneFile(in: folder).path)
            func train(_ name: String, cancelAt step: Int? = nil) async throws -> URL {
                let place = folder.appending(path: name)
                let exists = FileManager.default.fileExists(atPath: place.path)
                let plan = WordPlan(backbone: backbone, settings: Self.settings)
                let run = exists ? try WordTraining(resuming: place.path) : try WordTraining(plan, at: place.path)
                return try await Task {
                    try await run.run { event in
                        guard case .progress(let progress) = event, progress.title == "training", progress.done == step
                        else { return }
                        withUnsafeCurrentTask { $0?.cancel() }
                    }.model
                }.value
            }
            let whole = try WordModel.load(await train("whole"))
            _ = try await train("parts", cancelAt: 2)
            let parts = try WordModel.load(await train("parts"))
            #expect(whole.contentDigest == parts.contentDigest)
        }
    }

    @Test("The words' activation in the query shows a decoder the rest of the thing, and no words are refused")
    func decoder() throws {
        let backbone = try SmallModel.backbone()
        let worded = try WordBackbone(backbone, Self.model(behind: backbone))
        var parts = try SmallModel.configuration.parts()
        parts.textEncoder = PromptedTextEncoder(worded.model.text, .photo)
        parts.textActivation = WordPresence(worded.model)
        let extractor = PriorExtractor(backbone: worded, parts: parts)
        let photo = try SmallModel.episode().query
        let priors = try extractor.priors(Episode(query: photo, supports: [], text: "striped ring"))
        var shown = Episode(query: photo, supports: [Support(image: photo, annotation: .none)], text: "striped ring")
        #expect(try priors.map(\.scalars) == extractor.priors(shown).map(\.scalars))
        shown.supports = try extractor.annotated(shown, query: extractor.queryFeatures(photo))
        #expect(try priors.map(\.scalars) == extractor.priors(shown).map(\.scalars))
        #expect(throws: DiffUpError.self) { try extractor.priors(Episode(query: photo, supports: [])) }
    }

    @Test("Without a decoder the mask is the activation over Otsu's threshold; the class-blind one is the same for all words")
    func baseline() throws {
        let backbone = try SmallModel.backbone()
        let worded = try WordBackbone(backbone, Self.model(behind: backbone))
        var episode = try SmallModel.episode()
        episode.text = "dotted star"
        let (own, blind) = try (WordBaseline(worded), WordBaseline(worded, question: .anyOf(["netted cross", "zigzag star"])))
        let activation = try own.activation(episode)
        #expect(activation.height == episode.query.height && activation.width == episode.query.width)
        let expected = activation.mask(from: ActivationThreshold.otsu(activation.values))
        #expect(try own.segment(episode).mask() == expected)
        let first = try blind.activation(episode).values
        episode.text = "striped ring"
        #expect(try blind.activation(episode).values == first && own.activation(episode).values != activation.values)
        episode.text = nil
        #expect(throws: DiffUpError.self) { try own.segment(episode) }
    }
}
