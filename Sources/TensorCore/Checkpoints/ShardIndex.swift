internal import Foundation

/// A checkpoint in several files: a JSON object whose `weight_map` names the file of every tensor (Hugging Face's
/// `model.safetensors.index.json`). The files lie in the index' folder.
enum ShardIndex {
    /// How the names of index files end.
    static let suffix = ".index.json"
    private static let maximumSize = 100_000_000
    /// Index files name a few hundred shards at most.
    private static let maximumShards = 10_000

    /// Opens all shards as one state dict.
    ///
    /// - Throws: ``CheckpointError`` for a malformed index, a shard that is missing or leaves the folder, and a tensor that is
    ///   missing, stands in two shards or in none of the index' entries.
    static func load(_ url: URL) throws(CheckpointError) -> (state: StateDict, files: [MappedFile]) {
        let index = try read(url)
        let (weightMap, metadata) = try parse([UInt8](index.bytes), source: url.path)
        let folder = url.deletingLastPathComponent()
        var state = StateDict(metadata: metadata, source: url.path)
        let shards = Set(weightMap.values).sorted()
        guard shards.count <= maximumShards else {
            throw .malformed(file: url.path, key: nil, reason: "\(shards.count) shards, at most \(maximumShards) are accepted")
        }
        var files = [index]
        for shard in shards {
            let file = folder.appendingPathComponent(shard)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw .file(file.path, reason: "cannot be read: no such file, but \(url.lastPathComponent) names it as a shard")
            }
            let part = try Safetensors.open(file)
            try check(part.state, is: shard, in: weightMap, index: url.path)
            state.insert(contentsOf: part.state)
            files.append(part.file)
        }
        state.metadata.merge(metadata) { $1 }
        if let lost = weightMap.keys.filter({ state.shape(of: $0) == nil }).min(), let shard = weightMap[lost] {
            throw .malformed(file: url.path, key: lost, reason: "the shard \(shard) does not hold it")
        }
        return (state, files)
    }

    /// Every tensor of a shard must be listed as that shard's: a second copy of a tensor would win by chance.
    private static func check(
        _ part: StateDict, is shard: String, in weightMap: [String: String], index: String
    ) throws(CheckpointError) {
        for name in part.names where weightMap[name] != shard {
            let place = weightMap[name].map { "the index says \($0)" } ?? "the index does not name it"
            throw .malformed(file: index, key: name, reason: "stands in the shard \(shard), \(place)")
        }
    }

    private static func read(_ url: URL) throws(CheckpointError) -> MappedFile {
        let file: MappedFile
        do throws(FileFailure) {
            file = try MappedFile(path: url.path)
        } catch {
            throw .file(url.path, reason: "cannot be read: \(error.found); \(error.advice)")
        }
        guard file.byteCount <= maximumSize else {
            throw .malformed(
                file: url.path, key: nil, reason: "\(file.byteCount) bytes, at most \(maximumSize) are accepted")
        }
        return file
    }

    /// The shard of every tensor, and the texts of the index' metadata.
    static func parse(
        _ json: [UInt8], source: String
    ) throws(CheckpointError) -> (weightMap: [String: String], metadata: [String: String]) {
        func refuse(_ key: String?, _ reason: String) -> CheckpointError { .malformed(file: source, key: key, reason: reason) }
        var scanner = JSONScanner(json)
        let value: JSONScanner.Value
        do throws(JSONScanner.Failure) {
            value = try scanner.value()
            try scanner.finishText()
        } catch {
            throw refuse(error.member, "byte \(error.position): \(error.reason)")
        }
        guard case .object(let members) = value else { throw refuse(nil, "the index is not an object") }
        var weightMap: [String: String]?
        var metadata: [String: String] = [:]
        for (name, member) in members {
            switch (name, member) {
            case ("weight_map", .object(let entries)):
                var map: [String: String] = [:]
                for (tensor, entry) in entries {
                    guard case .string(let shard) = entry, isInsideFolder(shard) else {
                        throw refuse(tensor, "the shard is no name of a safetensors file in the index' folder")
                    }
                    map[tensor] = shard
                }
                weightMap = map
            case ("metadata", .object(let entries)):
                for case (let key, .string(let text)) in entries { metadata[key] = text }
            default: break
            }
        }
        guard let weightMap else { throw refuse(nil, "the field weight_map is missing or no object") }
        guard !weightMap.isEmpty else { throw refuse(nil, "the field weight_map is empty") }
        return (weightMap, metadata)
    }

    /// Whether a name leads to a safetensors file beside the index or in a folder below.
    private static func isInsideFolder(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.contains("\0") && !$0.contains("\\") }
        return isPlain && name.hasSuffix(".safetensors")
    }
}
