import Foundation
import TensorCore
import Testing

/// Several files under one index are one checkpoint, and every way in which they can disagree is an error.
@Suite struct ShardTests {
    private static let first = StateDict(["a": Tensor([Float(1), 2], shape: [2])], metadata: ["format": "pt"])
    private static let second = StateDict(["b": Tensor([Float(3)], shape: [1]).converted(to: .bfloat16), "c": Tensor(4)])
    private static let map = ["a": "m-1.safetensors", "b": "m-2.safetensors", "c": "m-2.safetensors"]

    private static func index(_ map: [String: String]) -> String {
        let members = map.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }.joined(separator: ",\n    ")
        return "{\n  \"metadata\": {\"total_size\": 14, \"origin\": \"test\"},\n  \"weight_map\": {\n    \(members)\n  }\n}\n"
    }

    /// A folder with both shards and an index, as the URL of the index.
    private static func withShards(
        _ text: String = index(map), _ body: (URL) throws -> Void
    ) throws {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            try Safetensors.save(first, to: folder.appendingPathComponent("m-1.safetensors"))
            try Safetensors.save(second, to: folder.appendingPathComponent("m-2.safetensors"))
            let url = folder.appendingPathComponent("m.safetensors.index.json")
            try Data(text.utf8).write(to: url)
            try body(url)
        }
    }

    @Test func shardsAreOneStateDict() throws {
        try Self.withShards { url in
            let state = try Safetensors.load(contentsOf: url)
            #expect(state.names == ["a", "b", "c"])
            #expect(state["a"]?.scalars == [1, 2])
            #expect(state["b"]?.dtype == .bfloat16)
            #expect(state["c"]?.scalar == 4)
            #expect(state.metadata == ["format": "pt", "origin": "test"])
            #expect(state.source == url.path)
        }
    }

    @Test func digestsCoverEveryShard() throws {
        try Self.withShards { url in
            let before = try Checkpoint(contentsOf: url).sha256()
            var changed = Self.second
            changed["c"] = Tensor(5)
            try Safetensors.save(changed, to: url.deletingLastPathComponent().appendingPathComponent("m-2.safetensors"))
            #expect(try Checkpoint(contentsOf: url).sha256() != before)
            let shard = url.deletingLastPathComponent().appendingPathComponent("m-1.safetensors")
            let bytes = try Data(contentsOf: shard)
            #expect(try Checkpoint(contentsOf: shard).sha256() == SHA256.hex([UInt8](bytes)))
        }
    }

    /// What the index says, and what is said about it.
    private static let broken: [(index: String, text: String)] = [
        (index(map.merging(["a": "m-3.safetensors"]) { $1 }), "m-3.safetensors"),
        (index(map.merging(["d": "m-1.safetensors"]) { $1 }), "key \"d\": the shard m-1.safetensors does not hold it"),
        (index(map.filter { $0.key != "c" }), "key \"c\": stands in the shard m-2.safetensors, the index does not name it"),
        (
            index(map.merging(["c": "m-1.safetensors"]) { $1 }),
            "key \"c\": stands in the shard m-2.safetensors, the index says m-1"
        ),
        (index(map.merging(["a": "../m-1.safetensors"]) { $1 }), "key \"a\": the shard is no name"),
        (index(map.merging(["a": "/m-1.safetensors"]) { $1 }), "key \"a\": the shard is no name"),
        (index(map.merging(["a": "x/../m-1.safetensors"]) { $1 }), "key \"a\": the shard is no name"),
        (index(map.merging(["a": ""]) { $1 }), "key \"a\": the shard is no name"),
        (index(map.merging(["a": "m-1.bin"]) { $1 }), "key \"a\": the shard is no name"),
        ("{\"weight_map\": {\"a\": \"m-1.safetensors\", \"a\": \"m-1.safetensors\"}}", "\"a\" stands twice"),
        ("{\"weight_map\": {\"a\": 1}}", "key \"a\": the shard is no name"),
        ("{\"weight_map\": {}}", "weight_map is empty"), ("{\"weight_map\": []}", "weight_map is missing or no object"),
        ("{}", "weight_map is missing"), ("[]", "the index is not an object"), ("", "the text ends"),
        ("{\"weight_map\": {\"a\": \"m-1.safetensors\"}} x", "after the end"),
    ]

    @Test(arguments: broken)
    func brokenIndexes(index: String, text: String) throws {
        try Self.withShards(index) { url in
            let error = #expect(throws: CheckpointError.self) { try Safetensors.load(contentsOf: url) }
            #expect(error?.description.contains(text) == true, "\(String(describing: error))")
        }
    }

    @Test func aTensorOfTwoShardsIsAnError() throws {
        try Self.withShards { url in
            let folder = url.deletingLastPathComponent()
            var twice = Self.second
            twice["a"] = Tensor(9)
            try Safetensors.save(twice, to: folder.appendingPathComponent("m-2.safetensors"))
            let error = #expect(throws: CheckpointError.self) { try Safetensors.load(contentsOf: url) }
            #expect(error?.description.contains("key \"a\": stands in the shard m-2.safetensors") == true)
        }
    }

    @Test func damagedShardsAreNamed() throws {
        try Self.withShards { url in
            let shard = url.deletingLastPathComponent().appendingPathComponent("m-2.safetensors")
            try Data(try Data(contentsOf: shard).dropLast()).write(to: shard)
            let error = #expect(throws: CheckpointError.self) { try Safetensors.load(contentsOf: url) }
            #expect(error?.description.hasPrefix("\(shard.path) is not a valid safetensors file") == true)
        }
    }

    @Test func anIndexUnderAnotherNameIsRead() throws {
        try Self.withShards { url in
            let other = url.deletingLastPathComponent().appendingPathComponent("shards.json")
            try FileManager.default.moveItem(at: url, to: other)
            #expect(try Safetensors.load(contentsOf: other).names == ["a", "b", "c"])
        }
    }

    @Test func anIndexOfPyTorchFilesNamesThem() throws {
        try Self.withShards(Self.index(["a": "pytorch_model-00001-of-00002.bin"])) { url in
            let error = #expect(throws: CheckpointError.self) { try Safetensors.load(contentsOf: url) }
            #expect(error?.description.contains("found \"pytorch_model-00001-of-00002.bin\"") == true)
        }
    }

    /// Damaged indexes are refused or read, and never end the process.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func mutatedIndexes(seed: UInt64) throws {
        var random = TorchRandom(seed: seed)
        let original = Array(Self.index(Self.map).utf8)
        let alphabet = Array("{}[]\",:0123456789-abcm./\\ ".utf8)
        try Self.withShards { url in
            var refused = 0
            for _ in 0..<150 {
                var mutated = original
                for _ in 0...random.integer(below: 3) {
                    let place = random.integer(below: mutated.count)
                    switch random.integer(below: 3) {
                    case 0: mutated[place] = alphabet[random.integer(below: alphabet.count)]
                    case 1: mutated.remove(at: place)
                    default: mutated[place] ^= 1 << UInt8(random.integer(below: 8))
                    }
                }
                try Data(mutated).write(to: url)
                do throws(CheckpointError) {
                    let state = try Safetensors.load(contentsOf: url)
                    #expect(state.names == ["a", "b", "c"])
                } catch {
                    refused += 1
                    #expect(error.description.hasPrefix(url.deletingLastPathComponent().path))
                }
            }
            #expect((50..<150).contains(refused), "\(refused) of 150")
        }
    }
}
