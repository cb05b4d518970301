public import Datasets
internal import Foundation
internal import Synchronization
internal import TensorCore

/// A fold of a dataset with its photos, as a network learns from it.
public struct GFSSData: Sendable {
    /// Which classes are base and novel, and what each image is for.
    public let view: GFSSView
    /// The photos with their labels.
    public let images: any LabelledImages

    /// Opens a fold.
    ///
    /// - Throws: `RunError` and `DatasetError` for a dataset or a fold that cannot be read.
    public init(_ dataset: DatasetChoice, _ convention: GFSSConvention, fold: Int) throws {
        let source = try dataset.generalized()
        view = try source.gfss(convention, fold: fold)
        images = try source.labelledImages()
    }

    /// The base images with labels by the convention.
    ///
    /// - Parameter capacity: bytes of photos that stay in memory.
    public func base(weight: Float = 1, capacity: Int = 1 << 30) -> GFSSExamples {
        let ids = view.baseImages
        let cache = SampleCache(capacity: capacity)
        return GFSSExamples(count: ids.count, weight: weight) { [view, images] index in
            try cache.sample(index) {
                let id = ids[index]
                return PhotoSample(id: id, image: try images.image(id), labels: view.baseLabels(try images.labels(id)))
            }
        }
    }

    /// Supports with their masks: the class, all else background.
    ///
    /// - Throws: what the dataset throws.
    public func supports(_ items: [DatasetItem]) throws -> [PhotoSample] {
        try items.map { item in
            let labels = view.supportLabels(try images.labels(item.id), classID: item.classID)
            return PhotoSample(id: item.id, image: try images.image(item.id), labels: labels)
        }
    }

    /// The digest of which classes and images a training sees.
    public var digest: String {
        let classes = (view.baseClasses + view.novelClasses).map { "\($0.id) \($0.name)" }
        let parts = [view.convention.text, classes.joined(separator: "\n"), view.baseImages.joined(separator: "\n")]
        return SHA256.hex(parts.joined(separator: "\n\n"))
    }
}

/// Photos that were loaded before, as many as fit.
private final class SampleCache: Sendable {
    private struct State {
        var samples: [Int: PhotoSample] = [:]
        var bytes = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    func sample(_ index: Int, _ load: () throws -> PhotoSample) throws -> PhotoSample {
        if let known = state.withLock({ $0.samples[index] }) { return known }
        let sample = try load()
        // Three bytes of colour and four of label.
        let size = sample.image.pixels.count / 3 * 7
        state.withLock { state in
            guard state.bytes + size <= capacity, state.samples[index] == nil else { return }
            state.samples[index] = sample
            state.bytes += size
        }
        return sample
    }
}
