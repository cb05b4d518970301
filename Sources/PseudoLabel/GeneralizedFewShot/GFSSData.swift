public import Datasets
internal import TensorCore

/// A fold of a dataset with its photos, as a network learns from it.
public struct GFSSData: Sendable {
    /// Which classes are base and novel, and what each image is for.
    public let view: GFSSView
    /// The photos with their labels.
    public let images: any LabelledImages

    /// Opens a fold.
    ///
    /// - Parameter capacity: bytes of photos and labels that stay in memory.
    /// - Throws: `RunError` and `DatasetError` for a dataset or a fold that cannot be read.
    public init(_ dataset: DatasetChoice, _ convention: GFSSConvention, fold: Int, capacity: Int = 1 << 30) throws {
        let source = try dataset.generalized()
        view = try source.gfss(convention, fold: fold)
        images = CachedLabelledImages(try source.labelledImages(), capacity: capacity)
    }

    /// The base images with labels by the convention.
    public func base(weight: Float = 1) -> GFSSExamples {
        let ids = view.baseImages
        return GFSSExamples(count: ids.count, weight: weight) { [view, images] index in
            var sample = try images.sample(ids[index])
            sample.labels = sample.labels.map(view.baseLabels)
            return sample
        }
    }

    /// Supports with their masks: the class, all else background.
    ///
    /// - Throws: what the dataset throws.
    public func supports(_ items: [DatasetItem]) throws -> [PhotoSample] {
        try items.map { item in
            var sample = try images.sample(item.id)
            sample.labels = sample.labels.map { view.supportLabels($0, classID: item.classID) }
            return sample
        }
    }

    /// The digest of which classes and images a training sees.
    public var digest: String {
        let classes = (view.baseClasses + view.novelClasses).map { "\($0.id) \($0.name)" }
        let parts = [view.convention.text, classes.joined(separator: "\n"), view.baseImages.joined(separator: "\n")]
        return SHA256.hex(parts.joined(separator: "\n\n"))
    }
}
