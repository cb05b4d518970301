internal import TensorCore

/// Queries in list order.
struct ListWalk: EpisodeDrawing {
    enum Supports: Sendable {
        /// Without replacement.
        case distinct
        /// One by one, until the query is not met.
        case repeating
    }

    var supports: Supports

    func episodes(
        from items: [DatasetItem], shots: Int, count: Int, seed: UInt64
    ) throws(DatasetError) -> [EpisodeReference] {
        let pools = try ClassPools(items, shots: shots, repeats: supports == .repeating)
        var random = NumPyRandom(seed: seed)
        return (0..<count).map { index in
            let item = items[index % items.count]
            switch supports {
            case .distinct: return pools.episode(for: item, shots: shots, random: &random)
            case .repeating: return pools.hsnetEpisode(for: item, shots: shots, random: &random)
            }
        }
    }
}

/// A class, then a query of it.
struct HSNetCOCODrawing: EpisodeDrawing {
    func episodes(
        from items: [DatasetItem], shots: Int, count: Int, seed: UInt64
    ) throws(DatasetError) -> [EpisodeReference] {
        let pools = try ClassPools(items, shots: shots, repeats: true)
        var random = NumPyRandom(seed: seed)
        return (0..<count).map { _ in
            let classID = pools.classIDs[random.choice(below: pools.classIDs.count)]
            let pool = pools.ids(classID)
            let item = DatasetItem(id: pool[random.choice(below: pool.count)], classID: classID)
            return pools.hsnetEpisode(for: item, shots: shots, random: &random)
        }
    }
}

/// Queries in the order of their files, supports by their numbers: `1.jpg`, `10.jpg`, `2.jpg` and 1, 2, ... 10.
struct HSNetFSSDrawing: EpisodeDrawing {
    func episodes(
        from items: [DatasetItem], shots: Int, count: Int, seed: UInt64
    ) throws(DatasetError) -> [EpisodeReference] {
        let queries = items.enumerated().map { place, item in
            (place: place, item: item, parts: item.id.split(separator: "/").map { Array($0.utf8) })
        }.sorted { first, second in
            for (a, b) in zip(first.parts, second.parts) where a != b { return a.lexicographicallyPrecedes(b) }
            return (first.parts.count, first.place) < (second.parts.count, second.place)
        }.map(\.item)
        let pools = try ClassPools(items, shots: shots, repeats: true)
        var random = NumPyRandom(seed: seed)
        return (0..<count).map { index in
            pools.hsnetEpisode(for: queries[index % queries.count], shots: shots, random: &random)
        }
    }
}

/// A class, each as likely, and different images of it.
struct ClassUniformDrawing: EpisodeDrawing {
    func episodes(
        from items: [DatasetItem], shots: Int, count: Int, seed: UInt64
    ) throws(DatasetError) -> [EpisodeReference] {
        let pools = try ClassPools(items, shots: shots, repeats: false)
        var random = NumPyRandom(seed: seed)
        return (0..<count).map { _ in
            let classID = pools.classIDs[random.interval(pools.classIDs.count - 1)]
            let drawn = pools.supports(shots + 1, ofClass: classID, without: [], random: &random)
            return EpisodeReference(query: drawn[0], classID: classID, supports: Array(drawn.dropFirst()))
        }
    }
}

/// Every image once a pass, asked for one of its classes.
struct ImageShuffleDrawing: EpisodeDrawing {
    func episodes(
        from items: [DatasetItem], shots: Int, count: Int, seed: UInt64
    ) throws(DatasetError) -> [EpisodeReference] {
        let pools = try ClassPools(items, shots: shots, repeats: false)
        let images = items.map(\.id).uniqued
        let classes = Dictionary(grouping: items, by: \.id).mapValues { $0.map(\.classID).uniqued }
        var random = NumPyRandom(seed: seed)
        var order: [Int] = []
        return (0..<count).map { index in
            if index % images.count == 0 { order = random.permutation(images.count) }
            let id = images[order[index % images.count]]
            let own = classes[id] ?? []
            let item = DatasetItem(id: id, classID: own[random.interval(own.count - 1)])
            return pools.episode(for: item, shots: shots, random: &random)
        }
    }
}
