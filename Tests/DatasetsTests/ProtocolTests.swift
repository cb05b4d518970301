import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Every item once, with the next image of its class as support.
private struct Neighbours: EpisodeDrawing {
    var version: Int { 3 }

    func episodes(
        from items: [DatasetItem], shots: Int, count: Int, seed: UInt64
    ) throws(DatasetError) -> [EpisodeReference] {
        (0..<count).map { index in
            let item = items[index % items.count]
            let others = items.filter { $0.classID == item.classID && $0.id != item.id }.map(\.id)
            return EpisodeReference(query: item.id, classID: item.classID, supports: Array(others.prefix(shots)))
        }
    }
}

@Suite("The menu of protocols") struct ProtocolTests {
    /// 24 images; every fourth has a second class.
    private static let items = {
        var items: [DatasetItem] = []
        for index in 0..<24 {
            let id = "image\(index)"
            items.append(DatasetItem(id: id, classID: index % 3 + 1))
            if index % 4 == 0 { items.append(DatasetItem(id: id, classID: (index + 1) % 3 + 1)) }
        }
        return items
    }()

    /// Digests and episodes from Python with NumPy's generator, by the descriptions of the ways of drawing.
    private static let golden: [(name: String, digest: String, episodes: String)] = [
        ("voc-uniform", "b1ac5a354999cd54", "d36d43b063a9d669"),
        ("hsnet", "13de680817a28f05", "e35b944f8ffae708"),
        ("hsnet-coco", "e8072bec359ef21a", "e7001d225a127410"),
        ("hsnet-fss", "2f1eff12958fae1a", "034a59c10077e54f"),
        ("pgma", "18d7921abbf1ccbc", "e35b944f8ffae708"),
        ("pgma-coco", "7a39313ed92597f9", "e7001d225a127410"),
        ("label-anything", "ca50c3959ce47824", "8222cd4fde9212dd"),
        ("label-anything-coco", "94de26f48ae318dd", "8222cd4fde9212dd"),
        ("bam", "962150ceb364772b", "bc891bf3ffc1c7ca"),
        ("wide", "13663c79a2f7e41f", "2e6282cf17864208"),
        ("wide-coco", "3305ada9e02efc00", "0ca376680eaf61d3"),
    ]

    @Test("What a protocol draws, and its digest, are frozen", arguments: golden.indices)
    func frozen(_ index: Int) throws {
        let (name, digest, hash) = Self.golden[index]
        let evaluation = try #require(EvaluationProtocol(named: name))
        #expect(evaluation.changes.isEmpty && evaluation.id == name)
        #expect(evaluation.digest.prefix(16) == digest)
        let episodes = try evaluation.draw(from: Self.items, shots: 2)
        #expect(episodes.count == evaluation.episodes * evaluation.repeats)
        #expect(EpisodeReference.hash(of: episodes).prefix(16) == hash)
    }

    @Test(
        "Every built-in way of drawing asks for what the list has, and repeats where it says so", arguments: EpisodeProtocol.names
    )
    func valid(_ name: String) throws {
        let sampling = try #require(EpisodeProtocol(rawValue: name))
        let episodes = try EpisodeSampler(sampling, seed: 1).episodes(from: Self.items, shots: 3, count: 90)
        let listed = Set(Self.items)
        for episode in episodes {
            #expect(listed.contains(DatasetItem(id: episode.query, classID: episode.classID)))
            #expect(episode.supports.count == 3 && !episode.supports.contains(episode.query))
            #expect(episode.supports.allSatisfy { listed.contains(DatasetItem(id: $0, classID: episode.classID)) })
        }
        let isRepeating = episodes.contains { Set($0.supports).count < 3 }
        #expect(isRepeating == name.hasPrefix("hsnet"))
        #expect(try EpisodeSampler(sampling, seed: 1).episodes(from: Self.items, shots: 3, count: 90) == episodes)
        let further = try EpisodeSampler(sampling, seed: 1).episodes(from: Self.items, shots: 3, count: 40)
        #expect(further == Array(episodes.prefix(40)))
    }

    @Test("Classes are as likely with one protocol, images come once a pass with another")
    func rules() throws {
        let uneven = (0..<60).map { DatasetItem(id: "\($0)", classID: $0 < 50 ? 1 : 2) }
        let uniform = try EpisodeSampler(.classUniform).episodes(from: uneven, shots: 1, count: 2000)
        #expect((900...1100).contains(uniform.count { $0.classID == 2 }))
        let shuffled = try EpisodeSampler(.imageShuffle).episodes(from: Self.items, shots: 1, count: 48)
        #expect(Set(shuffled.prefix(24).map(\.query)).count == 24 && Set(shuffled.suffix(24).map(\.query)).count == 24)
        #expect(shuffled.prefix(24).map(\.query) != shuffled.suffix(24).map(\.query))
        let both = try EpisodeSampler(.imageShuffle).episodes(from: Self.items, shots: 1, count: 2400).filter {
            $0.query == "image0"
        }
        #expect(Set(both.map(\.classID)) == [1, 2])
    }

    @Test("Nested supports contain those of fewer shots, and begin with the published one", arguments: EpisodeProtocol.names)
    func nested(_ name: String) throws {
        let sampling = try #require(EpisodeProtocol(rawValue: name))
        let single = try EpisodeSampler(sampling, seed: 4).episodes(from: Self.items, shots: 1, count: 50)
        for rule in [SupportRule.nested, .nestedRepeats] {
            let sampler = EpisodeSampler(sampling, seed: 4, supports: rule)
            #expect(try sampler.episodes(from: Self.items, shots: 1, count: 50) == single)
            var last = try sampler.episodes(from: Self.items, shots: 0, count: 50)
            for shots in 1...5 {
                let episodes = try sampler.episodes(from: Self.items, shots: shots, count: 50)
                for (fewer, more) in zip(last, episodes) {
                    #expect(more.query == fewer.query && more.classID == fewer.classID)
                    #expect(more.supports.count == shots && more.supports.dropLast() == fewer.supports[...])
                    #expect(!more.supports.contains(more.query))
                }
                last = episodes
            }
            #expect(last.contains { Set($0.supports).count < 5 } == (rule == .nestedRepeats))
        }
    }

    @Test("Without repeats a class has to have the images")
    func small() {
        let few = ["a", "b", "c"].map { DatasetItem(id: $0, classID: 1) }
        for rule in SupportRule.allCases {
            let sampler = EpisodeSampler(.hsnet, supports: rule)
            if rule == .nested {
                #expect(throws: DatasetError.self) { try sampler.episodes(from: few, shots: 3, count: 1) }
            } else {
                #expect(throws: Never.self) { try sampler.episodes(from: few, shots: 3, count: 1) }
            }
        }
    }

    @Test("A protocol of one's own is a value that commands find, also with a way of drawing of one's own")
    func own() throws {
        let drawing = EpisodeProtocol.register("test-neighbours", Neighbours())
        let own = EvaluationProtocol(id: "test-lab", version: 2, sampling: drawing, supports: .nested, episodes: 5, repeats: 2)
        #expect(own.changes.isEmpty && EvaluationProtocol(named: "test-lab") == nil)
        EvaluationProtocol.register(own)
        #expect(EvaluationProtocol(named: "test-lab") == own && EvaluationProtocol.named.contains(own))
        #expect(try own.draw(from: Self.items, shots: 2).count == 10)
        let read = try JSONDecoder().decode(EvaluationProtocol.self, from: JSONEncoder().encode(own))
        #expect(read == own && read.sampling.version == 3)
        var changed = own
        changed.supports = .asDrawn
        changed.datasetOptions = ["crowds": "void"]
        #expect(changed.changes == ["supports as-drawn", "dataset option crowds void"])
        #expect(
            changed.digest != own.digest && changed.summary.contains("changed: supports as-drawn; dataset option crowds void"))
        var bare = EvaluationProtocol.labelAnythingCOCO
        bare.datasetOptions["crowds"] = nil
        #expect(bare.changes == ["dataset option crowds not set"])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([EpisodeProtocol].self, from: Data("[\"nowhere\"]".utf8))
        }
    }

    @Test("A digest is of what is decided: of no name, of every value")
    func digests() {
        var other = EvaluationProtocol.hsnet
        other.id = "other"
        #expect(other.digest == EvaluationProtocol.hsnet.digest)
        let digests = EvaluationProtocol.named.map(\.digest)
        #expect(Set(digests).count == digests.count)
        let changes: [(inout EvaluationProtocol) -> Void] = [
            { $0.version = 2 }, { $0.sampling = .vocUniform }, { $0.supports = .nested }, { $0.space = .original },
            { $0.ignoreRule = .nothing }, { $0.episodes = 1 }, { $0.repeats = 2 }, { $0.seed = 1 }, { $0.threshold = 0.4 },
            { $0.datasetOptions = ["a": "b"] },
        ]
        for change in changes {
            var changed = EvaluationProtocol.hsnet
            change(&changed)
            #expect(changed.digest != EvaluationProtocol.hsnet.digest)
        }
    }

    @Test("A protocol that an earlier version wrote is read as it was")
    func earlier() throws {
        let text = """
            {"id": "hsnet", "version": 1, "sampling": "hsnet", "space": "square-400", "episodes": 1000, "repeats": 1, "seed": 0,
            "threshold": 0.5, "ignoreRule": "void pixels of the query do not count; void in supports is background"}
            """
        #expect(try JSONDecoder().decode(EvaluationProtocol.self, from: Data(text.utf8)) == .hsnet)
    }

    @Test("A protocol of other data is remarked with the name of the fitting one")
    func remarks() {
        #expect(EvaluationProtocol.hsnet.remark(on: "coco")?.contains("hsnet-coco") == true)
        #expect(EvaluationProtocol.hsnet.remark(on: "fss1000")?.contains("hsnet-fss") == true)
        #expect(EvaluationProtocol.pgmaCOCO.remark(on: "pascal5i")?.hasSuffix("follow pgma") == true)
        for (evaluation, dataset) in [
            (EvaluationProtocol.hsnet, "voc"), (.hsnetCOCO, "coco"), (.hsnetFSS, "fss1000"), (.bam, "coco"),
            (.vocUniform, "coco"),
        ] { #expect(evaluation.remark(on: dataset) == nil) }
    }

    @Test("Repeats have their scores one by one, and their mean and deviation")
    func repeats() throws {
        func score(_ classID: Int, _ part: UInt64) -> EpisodeScore {
            EpisodeScore(
                classID: classID, foreground: IoUCounts(intersection: part, union: 10),
                background: IoUCounts(intersection: 10, union: 10))
        }
        let scores = [score(1, 2), score(2, 4), score(1, 4), score(2, 6), score(1, 6), score(2, 8)]
        let found = try #require(try RepeatScores(scores, repeats: 3, classIDs: [1, 2]))
        for (value, expected) in zip(found.meanIoU.values, [0.3, 0.5, 0.7]) { #expect(abs(value - expected) < 1e-12) }
        #expect(abs(found.meanIoU.mean - 0.5) < 1e-12 && abs(found.meanIoU.deviation - 0.2) < 1e-12)
        #expect(abs(found.foregroundBackgroundIoU.mean - 0.75) < 1e-12)
        #expect(try RepeatScores(scores, repeats: 1, classIDs: [1, 2]) == nil)
        #expect(try RepeatScores(scores, repeats: 4, classIDs: [1, 2]) == nil)
    }
}

/// Hashes by `Scripts/goldens/episodes.py`, which draws with NumPy.
@Suite(
    "HSNet replay of FSS-1000",
    .enabled(if: SharedData.has("data/hsnet_splits/fss", for: "HSNet replay of FSS-1000"), "needs HSNet's lists"))
struct HSNetFSSTests {
    @Test(
        "The episodes are HSNet's",
        arguments: [("test", 1, "eed4f1c4990f0e95"), ("test", 5, "6a46a987759356b0"), ("val", 1, "25b1f56a8c39cc34")])
    func hsnetFSS(_ part: String, _ shots: Int, _ hash: String) throws {
        var classes: [String: [String]] = [:]
        var number = 0
        var items: [DatasetItem] = []
        for list in ["trn", "val", "test"] {
            let text = try String(
                contentsOf: SharedData.folder.appending(path: "data/hsnet_splits/fss/\(list).txt"), encoding: .utf8)
            classes[list] = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            for name in classes[list] ?? [] {
                number += 1
                if list == part { items += (1...10).map { DatasetItem(id: "\(name)/\($0)", classID: number) } }
            }
        }
        #expect(items.count == 2400)
        let drawn = try EvaluationProtocol.hsnetFSS.draw(from: items, shots: shots)
        #expect(EpisodeReference.hash(of: drawn).prefix(16) == hash)
    }
}
