internal import Synchronization

/// A dataset that keeps what it loaded, for runs that meet the same images many times.
public final class CachedDataset: FewShotDataset {
    private struct Entry: Sendable {
        var image: RGBImage?
        var labels: LabelMap?
    }

    private struct State: Sendable {
        var entries: [String: Entry] = [:]
        var byteCount = 0
    }

    private let base: any FewShotDataset
    private let capacity: Int
    private let state = Mutex(State())

    /// Wraps a dataset.
    ///
    /// - Parameters:
    ///   - base: where images and labels come from.
    ///   - capacity: bytes that are kept at most; later images are loaded every time.
    public init(_ base: any FewShotDataset, capacity: Int = 1 << 30) {
        self.base = base
        self.capacity = capacity
    }

    public var name: String { base.name }
    public var classes: [FewShotClass] { base.classes }
    public var items: [DatasetItem] { base.items }
    public var listHash: String { base.listHash }

    public func image(_ id: String) throws -> RGBImage {
        if let known = state.withLock({ $0.entries[id]?.image }) { return known }
        let image = try base.image(id)
        keep(image.pixels.count) { $0.entries[id, default: Entry()].image = image }
        return image
    }

    public func labels(_ id: String) throws -> LabelMap {
        if let known = state.withLock({ $0.entries[id]?.labels }) { return known }
        let labels = try base.labels(id)
        keep(labels.values.count) { $0.entries[id, default: Entry()].labels = labels }
        return labels
    }

    private func keep(_ byteCount: Int, _ store: (inout State) -> Void) {
        state.withLock { state in
            guard state.byteCount + byteCount <= capacity else { return }
            state.byteCount += byteCount
            store(&state)
        }
    }
}
