import Foundation
import Testing

@testable import Datasets

@Suite("Episodes whose query does not show the class") struct AbsentQueryTests {
    private static let dataset = ListedDataset()

    private static func present(_ shots: Int = 2) throws -> [EpisodeReference] {
        try EpisodeSampler(.vocUniform, seed: 2).episodes(from: dataset.items, shots: shots, count: 12)
    }

    @Test("A twin asks for the same class with the same supports, of an image that has no pixel of it")
    func twins() throws {
        let present = try Self.present()
        let twins = try AbsentQueries().episodes(beside: present, in: Self.dataset)
        #expect(twins.count == 12)
        // The list alone would let an image with a small object of the class be a query.
        let listed = Set(Self.dataset.items)
        let unlisted = (0..<16).flatMap { index in (1...4).map { DatasetItem(id: "image\(index)", classID: $0) } }
            .filter { !listed.contains($0) && ListedDataset.columns(of: $0.classID, in: $0.id) != nil }
        #expect(unlisted.count == 6)
        let loader = EpisodeLoader(dataset: Self.dataset)
        for (episode, twin) in zip(present, twins) {
            #expect(twin.classID == episode.classID && twin.supports == episode.supports && twin.query != episode.query)
            #expect(episode.holdsClass && !twin.holdsClass)
            #expect(Self.dataset.items.contains { $0.id == twin.query })
            #expect(try loader.load(twin).truth.object.area == 0)
            #expect(try loader.load(episode).truth.object.area > 0)
        }
    }

    @Test("The same seed gives the same list, another one another; what stands before does not matter")
    func seeds() throws {
        let present = try Self.present()
        let twins = try AbsentQueries(seed: 5).episodes(beside: present, in: Self.dataset)
        #expect(try AbsentQueries(seed: 5).episodes(beside: present, in: Self.dataset) == twins)
        #expect(try AbsentQueries(seed: 6).episodes(beside: present, in: Self.dataset) != twins)
        let first = try AbsentQueries(seed: 5).episodes(beside: Array(present.prefix(4)), in: Self.dataset)
        #expect(first == Array(twins.prefix(4)))
    }

    @Test("The share is that of all episodes", arguments: [(0.0, 0), (0.25, 4), (0.5, 12), (0.75, 36)])
    func share(_ share: Double, _ count: Int) throws {
        let present = try Self.present(1)
        let twins = try AbsentQueries(share: share).episodes(beside: present, in: Self.dataset)
        #expect(twins.count == count && Set(twins).count == count)
        if count >= present.count { #expect(Set(twins.map(\.classID)) == Set(present.map(\.classID))) }
    }

    @Test("A share that is none, and a class that every image shows, are refused")
    func refusals() throws {
        let present = try Self.present()
        for share in [-0.1, 1, 2, Double.nan] {
            #expect(throws: DatasetError.self) { try AbsentQueries(share: share).episodes(beside: present, in: Self.dataset) }
        }
        let single = FewShotSubset(Self.dataset, classes: [Self.dataset.classes[0]], part: "one")
        let asked = try EpisodeSampler(.vocUniform).episodes(from: single.items, shots: 1, count: 2)
        let error = #expect(throws: DatasetError.self) { try AbsentQueries().episodes(beside: asked, in: single) }
        #expect(error?.found == "no further image without the class")
    }

    @Test("Episodes say in JSON that they do not show the class; those that say nothing do")
    func json() throws {
        let reference = EpisodeReference(query: "a", classID: 1, supports: ["b"])
        let text = try TextFile.json(reference)
        #expect(!text.contains("holdsClass"))
        #expect(try JSONDecoder().decode(EpisodeReference.self, from: Data(text.utf8)) == reference)
        var absent = reference
        absent.holdsClass = false
        #expect(try JSONDecoder().decode(EpisodeReference.self, from: Data(TextFile.json(absent).utf8)) == absent)
        #expect(EpisodeReference.hash(of: [absent]) == EpisodeReference.hash(of: [reference]))
    }
}
