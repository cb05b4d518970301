import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct EpisodeSamplerTests {
    private let items = (0..<30).map { DatasetItem(id: "image\($0)", classID: $0 % 3 + 1) }

    @Test func uniformWalksThroughTheList() throws {
        let episodes = try EpisodeSampler(.vocUniform, seed: 3).episodes(from: items, shots: 5, count: 70)
        for (index, episode) in episodes.enumerated() {
            #expect(episode.query == items[index % 30].id)
            #expect(episode.classID == items[index % 30].classID)
            #expect(Set(episode.supports).count == 5)
            #expect(!episode.supports.contains(episode.query))
            for support in episode.supports {
                #expect(items.contains(DatasetItem(id: support, classID: episode.classID)))
            }
        }
        #expect(try EpisodeSampler(.vocUniform, seed: 3).episodes(from: items, shots: 5, count: 70) == episodes)
        #expect(try EpisodeSampler(.vocUniform, seed: 4).episodes(from: items, shots: 5, count: 70) != episodes)
    }

    /// The protocol is a promise: this digest may change only together with the version.
    @Test func uniformIsFrozen() throws {
        let episodes = try EpisodeSampler(.vocUniform, seed: 0).episodes(from: items, shots: 2, count: 40)
        #expect(EpisodeProtocol.vocUniform.version == 1)
        #expect(EpisodeReference.hash(of: episodes).prefix(16) == "c8c8e0e13eb3cc28")
    }

    @Test func uniformDrawsEverySupportAlike() throws {
        let episodes = try EpisodeSampler(.vocUniform).episodes(from: items, shots: 1, count: 9000)
        let drawn = Dictionary(grouping: episodes.filter { $0.classID == 1 }.map(\.supports[0])) { $0 }
        #expect(drawn.count == 10)
        for (_, times) in drawn { #expect((230...370).contains(times.count)) }
    }

    @Test func refusesClassesThatAreTooSmall() {
        let few = ["a", "b", "a"].map { DatasetItem(id: $0, classID: 1) }
        let error = #expect(throws: DatasetError.self) {
            try EpisodeSampler(.vocUniform).episodes(from: few, shots: 2, count: 1)
        }
        #expect(error?.place == "class 1")
        #expect(error?.found == "2 images")
        #expect(throws: Never.self) { try EpisodeSampler(.hsnet).episodes(from: few, shots: 2, count: 3) }
        #expect(throws: DatasetError.self) { try EpisodeSampler(.hsnet).episodes(from: [], shots: 1, count: 1) }
        #expect(throws: DatasetError.self) {
            try EpisodeSampler(.hsnet).episodes(from: Array(few.prefix(1)), shots: 1, count: 1)
        }
        #expect(throws: DatasetError.self) { try EpisodeSampler(.hsnet).episodes(from: few, shots: -1, count: 1) }
    }

    @Test func refusesSeedsThatNumPyRefuses() throws {
        let highest = EpisodeSampler(.hsnet, seed: UInt64(UInt32.max))
        #expect(try highest.episodes(from: items, shots: 1, count: 3).count == 3)
        let error = #expect(throws: DatasetError.self) {
            try EpisodeSampler(.hsnet, seed: 1 << 32).episodes(from: items, shots: 1, count: 3)
        }
        #expect(error?.found == "the seed 4294967296")
    }

    @Test func trainingEpisodesFollowFromTheirIndex() throws {
        let stream = try TrainingEpisodes(items: items, shots: 3, seed: 1)
        let first = (0..<60).map { stream[$0] }
        #expect(Set(first.prefix(30).map(\.query)).count == 30)
        #expect(first.prefix(30).map(\.query) != first.suffix(30).map(\.query))
        let again = try TrainingEpisodes(items: items, shots: 3, seed: 1)
        #expect(again[47] == first[47])
        for episode in first {
            #expect(Set(episode.supports + [episode.query]).count == 4)
        }
    }
}

@Suite(
    "HSNet replay",
    .enabled(if: SharedData.has("data/hsnet_splits", for: "HSNet replay"), "needs HSNet's lists in data/hsnet_splits"))
struct HSNetReplayTests {
    private static let pascal = [
        1: ["ff3cbc046f11f6ae", "13edd153e46bdb78", "dd1a56cef3868619", "3c76af4a215e4dfb"],
        5: ["7f46ee20308b6374", "ca41b8148246a647", "00a2a4de533a7843", "f9f8ce403b5cb341"],
    ]
    private static let coco = [
        1: ["e3bca6a15427fcd0", "906900932a74d505", "fba5fcd6417bafca", "e1ec0e1ef021e2e5"],
        5: ["c5e0c73bbe1e6959", "cf9c1c6ead4394db", "b3161285a885f242", "dd5f57c2f68f2ec6"],
    ]

    @Test(arguments: 0..<4) func replaysPascal(_ fold: Int) throws {
        let url = SharedData.folder.appending(path: "data/hsnet_splits/pascal/val/fold\(fold).txt")
        let list = try ItemList(contentsOf: url, classes: Pascal5i.novelClasses(fold: fold))
        let hashes = ["748e2f4732ac502c", "afce1929e4dacbc1", "50b1f5218e8f882c", "c3825d7c52d1608d"]
        #expect(list.hash.prefix(16) == hashes[fold])
        for (shots, golden) in Self.pascal {
            let episodes = try EpisodeSampler(.hsnet).episodes(from: list.items, shots: shots, count: 1000)
            #expect(EpisodeReference.hash(of: episodes).prefix(16) == golden[fold])
        }
        if fold == 0 {
            let first = try EpisodeSampler(.hsnet).episodes(from: list.items, shots: 1, count: 1)
            #expect(first.map(\.line) == ["2007_000033 1 2010_001174"])
        }
    }

    @Test(arguments: 0..<4) func replaysCOCO(_ fold: Int) throws {
        let url = SharedData.folder.appending(path: "data/hsnet_splits/coco/val/fold\(fold).pkl")
        let list = try COCOItemList.load(url)
        let fitting = list.items.filter { ($0.classID - 1) % 4 == fold }
        for (shots, golden) in Self.coco {
            let episodes = try EpisodeSampler(.hsnetCOCO).episodes(from: fitting, shots: shots, count: 1000)
            #expect(EpisodeReference.hash(of: episodes).prefix(16) == golden[fold])
        }
    }
}
