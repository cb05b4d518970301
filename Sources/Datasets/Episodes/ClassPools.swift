internal import TensorCore

/// The images of each class in list order.
struct ClassPools: Sendable {
    /// In ascending order.
    let classIDs: [Int]
    private let pools: [Int: [String]]
    private let uniquePools: [Int: [String]]

    /// - Parameter repeats: whether one image beside the query is enough for any number of supports.
    /// - Throws: ``DatasetError`` for an empty list and a class with too few images.
    init(_ items: [DatasetItem], shots: Int, repeats: Bool) throws(DatasetError) {
        guard !items.isEmpty else {
            throw DatasetError(
                file: "list", found: "no item", expected: "at least one image", advice: "check how the list was made")
        }
        var pools: [Int: [String]] = [:]
        for item in items { pools[item.classID, default: []].append(item.id) }
        self.pools = pools
        classIDs = pools.keys.sorted()
        uniquePools = pools.mapValues { ids in
            var seen: Set<String> = []
            return ids.filter { seen.insert($0).inserted }
        }
        let needed = repeats ? min(shots, 1) : shots
        for classID in classIDs where (uniquePools[classID] ?? []).count <= needed {
            throw DatasetError(
                file: "list", place: "class \(classID)", found: "\((uniquePools[classID] ?? []).count) images",
                expected: "at least \(needed + 1) for \(shots) supports and a query",
                advice: "add images of the class or use fewer shots")
        }
    }

    /// The images of a class as the list has them.
    func ids(_ classID: Int) -> [String] { pools[classID] ?? [] }

    /// The images of a class, each once.
    func uniqueIDs(_ classID: Int) -> [String] { uniquePools[classID] ?? [] }

    /// Supports without replacement.
    func episode(for item: DatasetItem, shots: Int, random: inout NumPyRandom) -> EpisodeReference {
        let supports = supports(shots, ofClass: item.classID, without: [item.id], random: &random)
        return EpisodeReference(query: item.id, classID: item.classID, supports: supports)
    }

    /// Images of a class, drawn without replacement from those that are not used.
    func supports(
        _ count: Int, ofClass classID: Int, without used: Set<String>, random: inout NumPyRandom
    ) -> [String] {
        var candidates = uniqueIDs(classID).filter { !used.contains($0) }
        for position in 0..<count {
            let offset = random.interval(candidates.count - 1 - position)
            candidates.swapAt(position, position + offset)
        }
        return Array(candidates.prefix(count))
    }

    /// Supports one by one until the query is not met, so that they may repeat.
    func hsnetEpisode(for item: DatasetItem, shots: Int, random: inout NumPyRandom) -> EpisodeReference {
        let pool = ids(item.classID)
        var supports: [String] = []
        while supports.count < shots {
            let id = pool[random.choice(below: pool.count)]
            if id != item.id { supports.append(id) }
        }
        return EpisodeReference(query: item.id, classID: item.classID, supports: supports)
    }
}
