internal import Datasets
internal import Diffusion
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import Synchronization
internal import TensorCore
internal import Testing

@Suite("Auxiliary supports around segmenters and datasets")
struct AuxiliarySupportsTests {
    private typealias Fixtures = AuxiliaryFixtures

    private static func maker(_ count: Int) -> AuxiliaryMaker {
        var settings = AuxiliarySettings()
        settings.count = count
        return AuxiliaryMaker(Fixtures.Squares(), settings: settings)
    }

    @Test("Every support is followed by its own pictures, for one shot and several, alone and in batches")
    func shots() async throws {
        let red = Fixtures.Red()
        let wrapped = AuxiliarySupports(red, Self.maker(2), classes: [Fixtures.ring])
        let supports = [Fixtures.support(id: "a"), Fixtures.support(y: 20, id: "b")]
        let episode = Episode(query: Fixtures.support().image, supports: supports, classID: 1)
        let alone = try wrapped.segment(episode)
        #expect(alone == red.segment(episode))
        let seen = try #require(red.seen.withLock { $0 }.first)
        #expect(seen.map { String($0.prefix(2)) } == ["a", "a#", "a#", "b", "b#", "b#"])
        #expect(try await wrapped.segment([episode, episode]) == [alone, alone])
        let none = AuxiliarySupports(red, Self.maker(0))
        #expect(try none.extended(episode).supports.count == 2)
    }

    @Test("The name of the class comes from the episode or the dataset, and is missed where neither has it")
    func names() throws {
        let support = Fixtures.support(id: "a")
        let query = support.image
        let unnamed = AuxiliarySupports(Fixtures.Red(), Self.maker(1))
        #expect(try unnamed.extended(Episode(query: query, supports: [support], className: "cup")).supports.count == 2)
        #expect(try unnamed.extended(Episode(query: query, supports: [support], text: "cup")).supports.count == 2)
        let error = #expect(throws: GenerationError.self) {
            _ = try unnamed.extended(Episode(query: query, supports: [support], classID: 7))
        }
        #expect("\(error as Any)".contains("class 7"))
    }

    @Test("A dataset has companions that are supports with the mask of their photo, and its own items as before")
    func dataset() throws {
        let base = Shapes5iDataset(Shapes5i(imageSize: 64, imagesPerClass: 2), split: .train, fold: 0)
        var settings = AuxiliarySettings()
        settings.count = 2
        let data = AuxiliaryDataset(base, AuxiliaryMaker(ShapesRedrawing(), settings: settings))
        #expect(data.items == base.items && data.listHash == base.listHash)
        let item = base.items[0]
        let companions = data.companions(of: item)
        #expect(companions.count == 2 && companions.allSatisfy { $0.classID == item.classID && !base.items.contains($0) })
        let mask = try base.mask(of: item.classID, in: item.id)
        for companion in companions {
            #expect(try data.mask(of: item.classID, in: companion.id) == mask)
            #expect(try data.image(companion.id) != base.image(item.id))
            #expect(try data.classIDs(in: companion.id) == [item.classID])
            #expect(try data.mask(of: item.classID % 20 + 1, in: companion.id).object.area == 0)
            #expect(Set(try data.classMap(of: companion.id).values).isSubset(of: [0, Int32(item.classID)]))
        }
        let digests = try ([item] + companions).map { try data.contentDigest($0.id) }
        #expect(Set(digests).count == 3)
        #expect(try digests[0] == base.contentDigest(item.id))
    }

    @Test("A choice goes through a plan and comes back, and other files than the run's are refused")
    func choice() throws {
        AuxiliaryChoice.register()
        var settings = AuxiliarySettings()
        (settings.count, settings.control, settings.filter.candidates) = (3, .hed, 5)
        let choice = AuxiliaryChoice(.shapes(drift: 0.25), settings: settings)
        var stored = try JSONDecoder().decode(
            SupportExtensionChoice.self, from: JSONEncoder().encode(try choice.choice()))
        let made = try #require(try stored.make(ComputeSettings()) as? AuxiliaryExtension)
        #expect(made.choice == choice)
        #expect(made.record["auxiliary"] == "3 of 5" && made.record["auxiliaryControl"]?.contains("hed") == true)
        #expect(made.identity.contains("drift 0.25"))
        stored.identity = "something else"
        #expect(throws: RunError.self) { _ = try stored.make(ComputeSettings()) }
        #expect(throws: RunError.self) {
            _ = try SupportExtensionChoice(name: "nobody", settings: .object([:])).make(ComputeSettings())
        }
        #expect(throws: ConfigurationError.self) {
            _ = try SupportExtensionChoice(name: AuxiliaryChoice.name, settings: .object([:])).make(ComputeSettings())
        }
    }

    @Test("A forecast counts what is missing and makes one picture; a training cannot ask the segmenter that it trains")
    func forecast() throws {
        let folder = try Fixtures.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var settings = AuxiliarySettings()
        (settings.count, settings.control) = (2, .scribble)
        let choice = AuxiliaryChoice(.shapes(drift: 0), settings: settings, cache: folder.path)
        let made = try AuxiliaryExtension(choice, ComputeSettings())
        let supports = ["a", "b"].map { ShownSupport(Fixtures.support(id: $0), of: Fixtures.ring) }
        let first = try made.forecast(count: 2) { supports[$0] }
        #expect(first.pictures == 4 && first.known == 1 && first.secondsEach != nil && (first.bytesEach ?? 0) > 100)
        let backbone = try Self.backbone()
        let wrapped = try made.around(Fixtures.Red(), classes: [Fixtures.ring], backbone: backbone)
        for shown in supports {
            _ = try wrapped.extended(Episode(query: shown.support.image, supports: [shown.support], classID: 1))
        }
        #expect(try made.forecast(count: 2) { supports[$0] } == SupportForecast(pictures: 4, known: 4))
        let sheet = try #require(try made.sheet(of: supports, backbone: backbone))
        #expect(sheet.width > 4 * 128 && sheet.height > 2 * 128)
        settings.mask = .estimated
        let asking = try AuxiliaryExtension(AuxiliaryChoice(.shapes(drift: 0), settings: settings), ComputeSettings())
        let data = Shapes5iDataset(Shapes5i(imageSize: 64, imagesPerClass: 2), split: .train, fold: 0)
        #expect(throws: RunError.self) { _ = try asking.extending(data, backbone: backbone) }
    }

    static func backbone() throws -> any Backbone {
        let network = ResNet(block: .basic, blocks: [1, 1, 2], width: 8)
        let description = BackboneDescription(name: "tiny", network: .resNet(network), preprocessing: .torchvision)
        return try description.makeBackbone(ParameterScope(seed: 3))
    }
}
