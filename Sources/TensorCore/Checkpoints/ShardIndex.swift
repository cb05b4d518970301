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
    static func load(_ index: MappedFile) throws(CheckpointError) -> (state: StateDict, files: [MappedFile]) {
        let url = URL(fileURLWithPath: index.path)
        guard index.byteCount <= maximumSize else {
            throw .malformed(
                file: index.path, key: nil, reason: "\(index.byteCount) bytes, at most \(maximumSize) are accepted")
        }
        let (weightMap, metadata) = try parse([UInt8](index.bytes), source: index.path)
        let folder = url.deletingLastPathComponent()
        var state = StateDict(metadata: metadata, source: index.path)
        let shards = Set(weightMap.values).sorted()
        guard shards.count <= maximumShards else {
            throw .malformed(file: index.path, key: nil, reason: "\(shards.count) shards, at most \(maximumShards) are accepted")
        }
        var files = [index]
        for shard in shards {
            let place = folder.appendingPathComponent(shard)
            guard FileManager.default.fileExists(atPath: place.path) else {
                throw .file(place.path, reason: "cannot be read: no such file, but \(url.lastPathComponent) names it as a shard")
            }
            let file = try Safetensors.map(place)
            let part = try Safetensors.state(of: file)
            try check(part, is: shard, in: weightMap, index: index.path)
            state.insert(contentsOf: part)
            files.append(file)
        }
        state.metadata.merge(metadata) { $1 }
        if let lost = weightMap.keys.filter({ state.shape(of: $0) == nil }).min(), let shard = weightMap[lost] {
            throw .malformed(file: index.path, key: lost, reason: "the shard \(shard) does not hold it")
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

    /// Whether a file is an index: by its name, or a JSON object that has a `weight_map` near its beginning or end, between which
    /// thousands of tensors may lie.
    static func isIndex(_ file: MappedFile) -> Bool {
        if file.path.hasSuffix(suffix) {
            let format = WeightsFormat(file.bytes, file: "")
            return format != .pointer && format != .page
        }
        guard file.bytes.first == UInt8(ascii: "{"), file.byteCount <= maximumSize else { return false }
        return [file.bytes.prefix(4096), file.bytes.suffix(4096)].contains { part in
            String(decoding: part, as: UTF8.self).contains("\"weight_map\"")
        }
    }

    /// The shard of every tensor, and the texts of the index' metadata.
    static func parse(
        _ json: [UInt8], source: String
    ) throws(CheckpointError) -> (weightMap: [String: String], metadata: [String: String]) {
        func refuse(_ key: String?, _ reason: String) -> CheckpointError { .malformed(file: source, key: key, reason: reason) }
        var scanner = JSONScanner(json)
        var (weightMap, metadata, problem) = ([String: String]?.none, [String: String](), CheckpointError?.none)
        do throws(JSONScanner.Failure) {
            try scanner.expect(.object, "the index is not an object")
            try scanner.object { (scanner: inout JSONScanner, name) throws(JSONScanner.Failure) in
                switch (name, scanner.kind()) {
                case ("weight_map", .object):
                    let (shards, wrong) = try texts(&scanner)
                    let bad = shards.filter { !isInsideFolder($0.value) }.map { ($0.key, "\"\($0.value)\"") }
                    if let (tensor, found) = (bad + wrong.map { ($0, "no text") }).min(by: { $0.0 < $1.0 }) {
                        problem = refuse(
                            tensor, "the shard is no name of a safetensors file in the index' folder, found \(found)")
                    }
                    weightMap = shards
                case ("metadata", .object): metadata = try texts(&scanner).texts
                default: try scanner.skip()
                }
            }
            try scanner.finishText()
        } catch {
            throw refuse(error.member, "byte \(error.position): \(error.reason)")
        }
        if let problem { throw problem }
        guard let weightMap else { throw refuse(nil, "the field weight_map is missing or no object") }
        guard !weightMap.isEmpty else { throw refuse(nil, "the field weight_map is empty") }
        return (weightMap, metadata)
    }

    /// The members of an object that are texts, and the names of the others.
    private static func texts(
        _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) -> (texts: [String: String], others: [String]) {
        var (texts, others) = ([String: String](), [String]())
        try scanner.object { (scanner: inout JSONScanner, name) throws(JSONScanner.Failure) in
            guard scanner.kind() == .text else {
                others.append(name)
                return try scanner.skip()
            }
            texts[name] = try scanner.text()
        }
        return (texts, others)
    }

    /// Whether a name leads to a safetensors file beside the index or in a folder below.
    private static func isInsideFolder(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.contains("\0") && !$0.contains("\\") }
        return isPlain && name.hasSuffix(".safetensors")
    }
}
