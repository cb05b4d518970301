internal import Datasets
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("Stages of a synthesis")
struct SynthesisTests {
    /// A folder with a network that knows all classes of Shapes-5i, of random weights.
    struct Place: ~Copyable {
        let url: URL
        let network: String
        let source: SynthesisPlan.Source

        init() throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("synthesis-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let backbone = BackboneDescription(
                name: "tiny", network: .resNet(ResNet(block: .basic, blocks: [1, 1, 1], width: 8, dilations: [1, 1, 2])),
                preprocessing: .torchvision, taps: ["layer2.0", "layer3.0"])
            let classes = Shapes5i.classNames.enumerated().map { FewShotClass(id: $0.offset + 1, name: $0.element) }
            var configuration = GFSSNetwork.Configuration(backbone: backbone, classes: classes)
            (configuration.head.width, configuration.head.auxiliaryWeight, configuration.side) = (16, 0, 32)
            let file = url.appendingPathComponent("network.safetensors")
            try GFSSNetwork(configuration, ParameterScope(seed: 5)).save(to: file)
            network = file.path
            var convention = GFSSConvention.capl
            convention.minimumSupportPixels = 100
            source = SynthesisPlan.Source(DatasetChoice("shapes5i", imagesPerClass: 2), convention, fold: 0)
        }

        func work() throws -> SynthesisFolder {
            try SynthesisFolder(url.appendingPathComponent("work").path, for: SynthesisPlan(source))
        }

        deinit { try? FileManager.default.removeItem(at: url) }
    }

    static var prompts: PromptStage.Settings {
        var settings = PromptStage.Settings()
        (settings.bank.count, settings.heldOut) = (2, 4)
        return settings
    }

    static var images: GenerationSettings {
        var settings = GenerationSettings()
        settings.shapes.size = 40
        return settings
    }

    @Test("Prompts, images, masks and set follow from each other, and a second call does nothing again")
    func whole() async throws {
        let place = try Place()
        let work = try place.work()
        #expect(work.plan.classes.count == 5)
        let reports = try await PromptStage(settings: Self.prompts).run(in: work)
        #expect(reports.map(\.accepted) == [2, 2, 2, 2, 2])
        let images = ImageStage(.shapes, settings: Self.images)
        #expect(try await images.run(in: work).made == 10)
        #expect(try await images.run(in: work).made == 0)
        let listed = try work.images()
        #expect(listed.count == 10 && listed.allSatisfy { $0.truth != nil })

        let masks = MaskStage(network: place.network)
        let first = try await masks.run(in: work)
        #expect(first.made == 10 && first.quality.count == 4)
        let files = try listed.map { try Data(contentsOf: work.labels(of: $0, after: .refined)) }
        #expect(try await masks.run(in: work).made == 0)
        // A line that a kill left away is made again, to the same bits.
        let log = work.file("masks/records.jsonl")
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        try Data((lines.dropLast(2).joined(separator: "\n") + "\n").utf8).write(to: log)
        #expect(try await masks.run(in: work).made == 2)
        #expect(try listed.map { try Data(contentsOf: work.labels(of: $0, after: .refined)) } == files)
        for name in ["prompts/report.html", "images/report.html", "masks/report.html", "masks/sheet.png", "masks/quality.json"] {
            #expect(FileManager.default.fileExists(atPath: work.file(name).path), "\(name)")
        }
    }

    @Test("Other settings are refused until they are forced")
    func settings() async throws {
        let place = try Place()
        let work = try place.work()
        _ = try await PromptStage(settings: Self.prompts).run(in: work)
        var other = Self.prompts
        other.bank.count = 3
        let error = await #expect(throws: RunError.self) { try await PromptStage(settings: other).run(in: work) }
        #expect("\(error as Any)".contains("--force"))
        #expect(try await PromptStage(settings: other).run(in: work, force: true).map(\.accepted) == [3, 3, 3, 3, 3])
        _ = try await ImageStage(.shapes, settings: Self.images).run(in: work)
        // Other prompts make other images: those that are there do not pass for them.
        other.bank.count = 4
        _ = try await PromptStage(settings: other).run(in: work, force: true)
        await #expect(throws: RunError.self) { try await ImageStage(.shapes, settings: Self.images).run(in: work) }
        #expect(try await ImageStage(.shapes, settings: Self.images).run(in: work, force: true).made == 5)
    }

    @Test("A stage without the one before it says which command is missing")
    func order() async throws {
        let place = try Place()
        let work = try place.work()
        let image = await #expect(throws: RunError.self) { try await ImageStage(.shapes).run(in: work) }
        #expect("\(image as Any)".contains("fss synth prompts"))
        let mask = await #expect(throws: RunError.self) { try await MaskStage(network: place.network).run(in: work) }
        #expect("\(mask as Any)".contains("fss synth images"))
        _ = try await PromptStage(settings: Self.prompts).run(in: work)
        _ = try await ImageStage(.shapes, settings: Self.images).run(in: work)
        let set = await #expect(throws: RunError.self) { try await SetStage().run(in: work) }
        #expect("\(set as Any)".contains("fss synth masks"))
    }

    @Test("Images whose class vanished are left out, and a set of none is refused")
    func vanished() async throws {
        let place = try Place()
        let work = try place.work()
        _ = try await PromptStage(settings: Self.prompts).run(in: work)
        _ = try await ImageStage(.shapes, settings: Self.images).run(in: work)
        _ = try await MaskStage(network: place.network).run(in: work)
        let images = try work.images()
        for (number, image) in images.enumerated() {
            let map = ClassMap(
                height: 40, width: 40, values: Array(repeating: number < 3 ? Int32(image.item.id) : 0, count: 1600))
            let file = work.labels(of: image, after: .refined)
            try LabelMap(indices: map, file: file.path).save(to: file)
        }
        let set = try await SetStage().run(in: work)
        #expect(set.entries.count == 3)
        #expect(try set.sample(0).labels?.values.contains(Int32(images[0].item.id)) ?? false)
        let error = await #expect(throws: PseudoLabelError.self) {
            try await SetStage(minimumPixels: 100_000).run(in: work, force: true)
        }
        #expect("\(error as Any)".contains("lambda"))
    }

    @Test("A folder of another plan, or with something in it, is refused; names alone need no dataset")
    func folders() async throws {
        let place = try Place()
        _ = try place.work()
        let path = place.url.appendingPathComponent("work").path
        #expect(throws: RunError.self) { try SynthesisFolder(path, for: SynthesisPlan(classNames: ["cat"])) }
        #expect(throws: RunError.self) { try SynthesisFolder(place.url.path, for: SynthesisPlan(classNames: ["cat"])) }
        #expect(throws: RunError.self) { try SynthesisPlan(classNames: ["cat", "cat"]) }
        let names = try SynthesisFolder(place.url.appendingPathComponent("pets").path, for: SynthesisPlan(classNames: ["cat"]))
        #expect(try await PromptStage(settings: Self.prompts).run(in: names).count == 1)
        let problems = try await ImageStage(.shapes).run(in: names).problems
        #expect(problems.count == 2 && problems.allSatisfy { $0.reason.contains("cat") })
        try Data("{".utf8).write(to: names.file(SynthesisFolder.planName))
        #expect(throws: RunError.self) { try SynthesisFolder(contentsOf: names.url.path) }
    }

    @Test("Photos of the dataset stand in for images, less the supports, with their truth")
    func photos() async throws {
        let place = try Place()
        let data = try GFSSData(place.source.dataset, place.source.convention, fold: 0)
        let supports = try data.view.supports(shots: 1, seed: place.source.supportSeed)
        let generator = DatasetPhotos(data, excluding: supports)
        let item = data.view.novelClasses[0]
        let limit = try #require(generator.limit(className: item.name))
        #expect(limit == data.view.candidates(classID: item.id).count - 1)
        let request = ImageRequest(prompt: "", className: item.name, seed: 0, index: 0)
        #expect(try #require(try generator.truth(of: request)).values.contains(Int32(item.id)))
        #expect(throws: GenerationError.self) {
            try generator.generate(ImageRequest(prompt: "", className: item.name, seed: 0, index: limit))
        }
    }

    @Test("Label maps are refined photo by photo; what cannot be read is said, and the rest is done")
    func refinement() async throws {
        let place = try Place()
        let (photos, labels) = (place.url.appendingPathComponent("photos"), place.url.appendingPathComponent("labels"))
        for folder in [photos, labels] { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
        for name in ["a", "b", "c"] {
            try ImageFile.save(
                RGBImage(height: 20, width: 30, red: 9, green: 8, blue: 7), to: photos.appendingPathComponent("\(name).png"))
        }
        let map = LabelMap(height: 20, width: 30, values: (0..<600).map { $0 % 30 < 10 ? 1 : 0 })
        try map.save(to: labels.appendingPathComponent("a.png"))
        try LabelMap(height: 2, width: 3, values: [0, 0, 0, 0, 0, 1]).save(to: labels.appendingPathComponent("b.png"))
        let refinement = LabelRefinement(try QueryPhoto.found([photos.path]), labels: labels.path)
        let out = place.url.appendingPathComponent("out").path
        let records = try await refinement.run(in: RunFolder(out, command: "refine"))
        #expect(records.map { $0.error == nil } == [true, false, false])
        #expect(try #require(records[1].error).contains("2") && records[0].regions == 1)
        try map.save(to: labels.appendingPathComponent("b.png"))
        let again = try await refinement.run(in: RunFolder(resuming: out, command: "refine"), isResumed: true)
        #expect(again.map { $0.error == nil } == [true, true, false])
        var other = refinement
        other.refinement.bandWidth = 9
        await #expect(throws: RunError.self) {
            try await other.run(in: RunFolder(resuming: out, command: "refine"), isResumed: true)
        }
    }
}
