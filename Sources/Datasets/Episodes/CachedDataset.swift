internal import Synchronization

/// A dataset that keeps what it loaded, for runs that meet the same images many times.
public final class CachedDataset: FewShotDataset {
    private enum Key: Hashable, Sendable {
        case image(String)
        case labels(String)
        case mask(String, Int)
    }

    private enum Value: Sendable {
        case image(RGBImage)
        case labels(LabelMap)
        case mask(ClassMask)

        var byteCount: Int {
            switch self {
            case .image(let image): image.pixels.count
            case .labels(let labels): labels.values.count
            case .mask(let mask): mask.object.values.count * (mask.void == nil ? 1 : 2)
            }
        }
    }

    private struct State: Sendable {
        var values: [Key: Value] = [:]
        var byteCount = 0
    }

    private let base: any FewShotDataset
    /// The base where it has byte maps: one of them answers for all classes of its image.
    private let bytes: (any ByteLabelledDataset)?
    private let capacity: Int
    private let state = Mutex(State())

    /// Wraps a dataset.
    ///
    /// - Parameters:
    ///   - base: where images and labels come from.
    ///   - capacity: bytes that are kept at most; later images are loaded every time.
    public init(_ base: any FewShotDataset, capacity: Int = 1 << 30) {
        self.base = base
        bytes = base as? any ByteLabelledDataset
        self.capacity = capacity
    }

    public var name: String { base.name }
    public var classes: [FewShotClass] { base.classes }
    public var items: [DatasetItem] { base.items }
    public var listHash: String { base.listHash }
    public var labelRule: String? { base.labelRule }

    public func image(_ id: String) throws -> RGBImage {
        if case .image(let known) = value(.image(id)) { return known }
        let image = try base.image(id)
        keep(.image(image), as: .image(id))
        return image
    }

    public func contentDigest(_ id: String) throws -> String { try base.contentDigest(id) }

    public func mask(of classID: Int, in image: String) throws -> ClassMask {
        if let bytes { return try labels(image, of: bytes).classMask(ofClass: classID) }
        if case .mask(let known) = value(.mask(image, classID)) { return known }
        let mask = try base.mask(of: classID, in: image)
        keep(.mask(mask), as: .mask(image, classID))
        return mask
    }

    public func labelPlace(_ image: String) -> String { base.labelPlace(image) }

    public func photoDoubt(_ id: String) throws -> PhotoDoubt? { try base.photoDoubt(id) }

    public func classIDs(in image: String) throws -> Set<Int> {
        try bytes.map { try labels(image, of: $0).classIDs } ?? base.classIDs(in: image)
    }

    public func classMap(of image: String) throws -> ClassMap {
        try bytes.map { try labels(image, of: $0).classMap } ?? base.classMap(of: image)
    }

    private func labels(_ id: String, of bytes: any ByteLabelledDataset) throws -> LabelMap {
        if case .labels(let known) = value(.labels(id)) { return known }
        let labels = try bytes.labels(id)
        keep(.labels(labels), as: .labels(id))
        return labels
    }

    private func value(_ key: Key) -> Value? { state.withLock { $0.values[key] } }

    private func keep(_ value: Value, as key: Key) {
        state.withLock { state in
            guard state.values[key] == nil, state.byteCount + value.byteCount <= capacity else { return }
            state.byteCount += value.byteCount
            state.values[key] = value
        }
    }
}
