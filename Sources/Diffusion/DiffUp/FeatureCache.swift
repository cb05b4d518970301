internal import Synchronization
internal import TensorCore

/// Features and prototypes of photos that were seen before, the least recently used leaving first.
final class FeatureCache: Sendable {
    private struct Entry: Sendable {
        var tensors: [Tensor]
        var byteCount: Int
        var lastUse: Int
    }

    private struct State: Sendable {
        var entries: [String: Entry] = [:]
        var byteCount = 0
        var clock = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: bytes; 0 keeps nothing.
    init(capacity: Int) { self.capacity = capacity }

    /// The tensors under `key`, made by `make` where they are not there. Keys without an id are not kept.
    func tensors(_ key: String?, make: () throws -> [Tensor]) rethrows -> [Tensor] {
        guard let key, capacity > 0 else { return try make() }
        let known = state.withLock { state -> [Tensor]? in
            state.clock += 1
            state.entries[key]?.lastUse = state.clock
            return state.entries[key]?.tensors
        }
        if let known { return known }
        let made = try make()
        store(made, under: key)
        return made
    }

    private func store(_ tensors: [Tensor], under key: String) {
        let byteCount = tensors.reduce(0) { $0 + $1.count * $1.dtype.byteCount }
        guard byteCount <= capacity else { return }
        state.withLock { state in
            while state.byteCount + byteCount > capacity,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.byteCount -= oldest.value.byteCount
                state.entries[oldest.key] = nil
            }
            if let replaced = state.entries.updateValue(
                Entry(tensors: tensors, byteCount: byteCount, lastUse: state.clock), forKey: key)
            {
                state.byteCount -= replaced.byteCount
            }
            state.byteCount += byteCount
        }
    }
}
