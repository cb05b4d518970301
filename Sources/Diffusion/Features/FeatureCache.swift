internal import Synchronization
internal import TensorCore

/// Tensors that were computed before, by what they were computed from; the least recently used leave first.
final class FeatureCache: Sendable {
    private struct Entry: Sendable {
        var tensors: [Tensor]
        var byteCount: Int
        var lastUse: Int
    }

    private struct State: Sendable {
        var entries: [ContentKey: Entry] = [:]
        /// Keys by their last use, so that the oldest is found without a search.
        var order: [Int: ContentKey] = [:]
        var oldest = 0
        var byteCount = 0
        var clock = 0

        mutating func touch(_ key: ContentKey) {
            clock += 1
            if let entry = entries[key] { order[entry.lastUse] = nil }
            entries[key]?.lastUse = clock
            order[clock] = key
        }

        mutating func removeOldest() -> Bool {
            while oldest <= clock {
                if let key = order.removeValue(forKey: oldest), let entry = entries.removeValue(forKey: key) {
                    byteCount -= entry.byteCount
                    return true
                }
                oldest += 1
            }
            return false
        }
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: bytes; 0 keeps nothing.
    init(capacity: Int) { self.capacity = capacity }

    /// Whether anything is kept; where not, nobody needs to compute a key.
    var isActive: Bool { capacity > 0 }

    /// Whether the tensors under `key` are there.
    func contains(_ key: ContentKey) -> Bool { state.withLock { $0.entries[key] != nil } }

    /// Bytes that are kept.
    var byteCount: Int { state.withLock { $0.byteCount } }

    /// The tensors under `key`, made by `make` where they are not there.
    func tensors(_ key: ContentKey, make: () throws -> [Tensor]) rethrows -> [Tensor] {
        let known = state.withLock { state -> [Tensor]? in
            guard let entry = state.entries[key] else { return nil }
            state.touch(key)
            return entry.tensors
        }
        if let known { return known }
        let made = try make()
        store(made, under: key)
        return made
    }

    private func store(_ tensors: [Tensor], under key: ContentKey) {
        let byteCount = tensors.reduce(0) { $0 + $1.count * $1.dtype.byteCount }
        guard byteCount <= capacity else { return }
        state.withLock { state in
            if let replaced = state.entries.removeValue(forKey: key) {
                state.order[replaced.lastUse] = nil
                state.byteCount -= replaced.byteCount
            }
            while state.byteCount + byteCount > capacity, state.removeOldest() {}
            state.entries[key] = Entry(tensors: tensors, byteCount: byteCount, lastUse: 0)
            state.byteCount += byteCount
            state.touch(key)
        }
    }
}
