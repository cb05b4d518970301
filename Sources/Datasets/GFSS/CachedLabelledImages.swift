internal import Synchronization

/// Labelled images that stay in memory once they were loaded, as many as fit.
public final class CachedLabelledImages: LabelledImages {
    private struct State {
        var samples: [String: PhotoSample] = [:]
        var bytes = 0
    }

    private let images: any LabelledImages
    private let capacity: Int
    private let state = Mutex(State())

    /// Keeps what another source loads.
    ///
    /// - Parameter capacity: bytes of pixels and labels.
    public init(_ images: any LabelledImages, capacity: Int = 1 << 30) {
        (self.images, self.capacity) = (images, capacity)
    }

    public var rule: String? { images.rule }

    public func image(_ id: String) throws -> RGBImage { try sample(id).image }

    public func labels(_ id: String) throws -> ClassMap {
        let sample = try sample(id)
        return try sample.labels ?? images.labels(id)
    }

    public func sample(_ id: String) throws -> PhotoSample {
        if let known = state.withLock({ $0.samples[id] }) { return known }
        let sample = try images.sample(id)
        // Three bytes of colour and four of label a pixel.
        let size = sample.image.pixels.count / 3 * 7
        state.withLock { state in
            guard state.bytes + size <= capacity, state.samples[id] == nil else { return }
            state.samples[id] = sample
            state.bytes += size
        }
        return sample
    }
}
