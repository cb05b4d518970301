internal import Datasets
internal import Diffusion
internal import Foundation
@testable internal import PseudoLabel
internal import TensorCore
internal import Testing

@Suite("Supports of a file in a synthesis")
struct NamedSupportsTests {
    /// The candidates of every novel class that the draw does not take, one a class.
    private static func undrawn(_ source: SynthesisPlan.Source) throws -> (data: GFSSData, items: [DatasetItem]) {
        let data = try GFSSData(source.dataset, source.convention, fold: source.fold)
        let drawn = Set(try data.view.supports(shots: 1, seed: source.supportSeed).map(\.id))
        let items = try data.view.novelClasses.map { novel in
            let id = try #require(data.view.candidates(classID: novel.id).first { !drawn.contains($0) })
            return DatasetItem(id: id, classID: novel.id)
        }
        return (data, items)
    }

    private static func write(_ items: [DatasetItem], to file: URL) throws {
        try Data(items.map { "\($0.id) \($0.classID)\n" }.joined().utf8).write(to: file)
    }

    @Test("Masks compare with the supports of the file; others are noticed, another place of the same ones is not")
    func masks() async throws {
        let place = try SynthesisTests.Place()
        let work = try place.work()
        _ = try await PromptStage(settings: SynthesisTests.prompts).run(in: work)
        _ = try await ImageStage(.shapes, settings: SynthesisTests.images).run(in: work)
        let (_, items) = try Self.undrawn(place.source)
        let file = place.url.appendingPathComponent("supports.txt")
        try Self.write(items, to: file)
        var masks = MaskStage(network: place.network)
        masks.supports = file.path
        #expect(try await masks.run(in: work).made == 10)
        let manifest = try String(contentsOf: work.file("masks/manifest.json"), encoding: .utf8)
        for item in items { #expect(manifest.contains(item.id), "\(item.id) is a support") }
        let moved = place.url.appendingPathComponent("moved.txt")
        try FileManager.default.moveItem(at: file, to: moved)
        masks.supports = moved.path
        #expect(try await masks.run(in: work).made == 0)
        let drawn = await #expect(throws: RunError.self) { try await MaskStage(network: place.network).run(in: work) }
        #expect("\(drawn as Any)".contains("--force"))
        try Self.write(items.dropLast() + [DatasetItem(id: items[0].id, classID: items[4].classID)], to: moved)
        let wrong = await #expect(throws: DatasetError.self) { try await masks.run(in: work) }
        #expect("\(wrong as Any)".contains("line 5"))
        masks.supports = file.path
        await #expect(throws: DatasetError.self) { try await masks.run(in: work) }
    }

    @Test("The folder's plan names the file: photos leave out its images, and those of the draw are free")
    func photos() throws {
        let place = try SynthesisTests.Place()
        let (data, items) = try Self.undrawn(place.source)
        let file = place.url.appendingPathComponent("supports.txt")
        try Self.write(items, to: file)
        var source = place.source
        source.supports = file.path
        #expect(try source.supportItems(of: data.view) == items)
        let plan = try SynthesisPlan(source)
        #expect(try JSONDecoder().decode(SynthesisPlan.self, from: JSONEncoder().encode(plan)) == plan)
        let named = try GeneratorChoice.photos.generator(plan, GenerationSettings())
        #expect(named.identity == DatasetPhotos(data, excluding: items).identity)
        #expect(
            try named.identity != GeneratorChoice.photos.generator(SynthesisPlan(place.source), GenerationSettings()).identity)
    }

    @Test("A reproduction fills in fold, shots and seed, refuses a file that does not fit, and knows its content")
    func reproduction() throws {
        let place = try SynthesisTests.Place()
        let (data, items) = try Self.undrawn(place.source)
        var plan = Syn4SegReproduction(
            dataset: place.source.dataset, convention: place.source.convention,
            backbones: [BackboneChoice(name: nil, weights: "net.safetensors")])
        plan.seeds = [7, 8]
        let drawn = try plan.identified()
        #expect(drawn == plan && drawn.supportsHash == nil)

        plan.supports = place.url.appendingPathComponent("{fold}-{shots}-{seed}.txt").path
        let missing = #expect(throws: DatasetError.self) { try plan.validate() }
        #expect("\(missing as Any)".contains("0-1-7.txt"))
        let files = [7, 8].map { place.url.appendingPathComponent("0-1-\($0).txt") }
        for file in files { try Self.write(items, to: file) }
        try plan.validate()
        #expect(plan.source(plan.cells[1]).supports == files[1].standardizedFileURL.path)

        let before = try plan.identified()
        #expect(before.supportsHash != nil)
        #expect(try JSONDecoder().decode(Syn4SegReproduction.self, from: JSONEncoder().encode(before)) == before)
        try Self.write(data.view.supports(shots: 1, seed: 123), to: files[1])
        #expect(try plan.identified() != before)

        plan.supports = files[0].path
        plan.shots = [1, 2]
        let count = #expect(throws: DatasetError.self) { try plan.validate() }
        #expect("\(count as Any)".contains("expected 2, as --shots says"))
    }
}
