public import Foundation
internal import TensorCore

/// Photos, decoded, scaled and augmented ahead of a model.
///
/// ```swift
/// let loader = PhotoLoader(files: files, transformations: [PhotoResize(height: 256, width: 256), RandomFlip()], seed: 1)
/// for epoch in 0..<10 {
///     for try await batch in loader.batches(of: 16, epoch: epoch, normalization: .imageNet) {
///         try step(batch.get().images)
///     }
/// }
/// ```
///
/// The same seed gives the same bytes whatever the number of workers: the randomness of a photo follows from the seed, the epoch and
/// its number. JPEGs are always decoded in full, because the shortcuts of JPEG decoders change pixels.
public struct PhotoLoader: Sendable {
    /// The number of photos.
    public var count: Int
    /// Whether every epoch has an order of its own.
    public var isShuffled: Bool
    /// What happens to a decoded photo, step after step.
    public var transformations: [any PhotoTransformation]
    /// Drives order and transformations.
    public var seed: UInt64
    /// Photos, or batches, that are made at once.
    public var workers: Int
    /// Photos, or batches, that wait or are being made beyond the one in use; nil for twice the workers.
    public var ahead: Int?
    private let load: @Sendable (Int) throws -> PhotoSample

    /// A loader of anything that has photos.
    ///
    /// - Parameters:
    ///   - count: the number of photos.
    ///   - isShuffled: whether every epoch has an order of its own.
    ///   - transformations: what happens to a photo.
    ///   - seed: drives order and transformations.
    ///   - workers: photos, or batches, that are made at once; as many as there are processors by default.
    ///   - ahead: photos, or batches, that wait or are being made beyond the one in use; nil for twice the workers.
    ///   - load: decodes a photo by its number, on any thread.
    public init(
        count: Int, isShuffled: Bool = false, transformations: [any PhotoTransformation] = [], seed: UInt64 = 0,
        workers: Int = PrefetchWorkers.standard, ahead: Int? = nil, load: @escaping @Sendable (Int) throws -> PhotoSample
    ) {
        (self.count, self.isShuffled, self.transformations, self.seed) = (count, isShuffled, transformations, seed)
        (self.workers, self.ahead, self.load) = (workers, ahead, load)
    }

    /// A loader of files; ids are their paths.
    public init(
        files: [URL], isShuffled: Bool = false, transformations: [any PhotoTransformation] = [], seed: UInt64 = 0,
        workers: Int = PrefetchWorkers.standard, ahead: Int? = nil
    ) {
        self.init(
            count: files.count, isShuffled: isShuffled, transformations: transformations, seed: seed, workers: workers,
            ahead: ahead
        ) { number in
            PhotoSample(id: files[number].path, image: try ImageFile.load(files[number]))
        }
    }

    /// A loader of a dataset's photos with their labels.
    ///
    /// - Parameter ids: the photos; by default all of the dataset, each once, in the order of their ids.
    public init(
        dataset: any FewShotDataset, ids: [String]? = nil, isShuffled: Bool = false,
        transformations: [any PhotoTransformation] = [], seed: UInt64 = 0, workers: Int = PrefetchWorkers.standard,
        ahead: Int? = nil
    ) {
        let ids = ids ?? Set(dataset.items.map(\.id)).sorted()
        self.init(
            count: ids.count, isShuffled: isShuffled, transformations: transformations, seed: seed, workers: workers, ahead: ahead
        ) { number in
            let (image, labels) = (try dataset.image(ids[number]), try dataset.classMap(of: ids[number]))
            guard (image.height, image.width) == (labels.height, labels.width) else {
                throw DatasetError(
                    file: dataset.labelPlace(ids[number]), found: "\(labels.width)x\(labels.height) pixels",
                    expected: "the size of the image, \(image.width)x\(image.height)",
                    advice: (try? dataset.photoDoubt(ids[number]))?.advice ?? "export the labels in the size of the image")
            }
            return PhotoSample(id: ids[number], image: image, labels: labels)
        }
    }

    /// The numbers of the photos in the order of an epoch.
    public func order(epoch: Int = 0) -> [Int] {
        guard isShuffled else { return Array(0..<max(count, 0)) }
        var random = TorchRandom(seed: Self.seed(seed, epoch: epoch, photo: count))
        var order = Array(0..<max(count, 0))
        for place in order.indices.dropFirst().reversed() { order.swapAt(place, random.integer(below: place + 1)) }
        return order
    }

    /// One photo, decoded and transformed: what it is does not depend on when it is asked for.
    ///
    /// - Throws: ``ImageError`` and ``DatasetError`` of the data; what a transformation throws.
    public func sample(_ photo: Int, epoch: Int = 0) throws -> PhotoSample {
        var random = TorchRandom(seed: Self.seed(seed, epoch: epoch, photo: photo))
        return try transformations.reduce(try load(photo)) { try $1($0, &random) }
    }

    /// The photos of an epoch in its order.
    public func samples(epoch: Int = 0) -> PrefetchSequence<PhotoSample> {
        let order = order(epoch: epoch)
        return PrefetchSequence(count: order.count, workers: workers, ahead: ahead) { try sample(order[$0], epoch: epoch) }
    }

    /// The photos of an epoch in its order, as tensors.
    ///
    /// Photos that cannot be loaded are left out of their batch and listed in ``PhotoBatch/failures``. A batch without any photo, and one whose photos differ in size,
    /// is an error in its place.
    ///
    /// - Parameters:
    ///   - size: photos of a batch, the last one may have fewer.
    ///   - epoch: the number of the pass.
    ///   - normalization: what samples become; nil for tensors of bytes, which the networks of this library take.
    public func batches(
        of size: Int, epoch: Int = 0, normalization: PhotoNormalization? = nil
    ) -> PrefetchSequence<PhotoBatch> {
        precondition(size > 0, "PhotoLoader.batches: a batch has photos, found the size \(size)")
        let order = order(epoch: epoch)
        let count = (order.count + size - 1) / size
        return PrefetchSequence(count: count, workers: workers, ahead: ahead) { number in
            let photos = order[(number * size)..<min(order.count, (number + 1) * size)]
            return try PhotoBatch(photos.map { photo in (photo, Result { try sample(photo, epoch: epoch) }) }, normalization)
        }
    }

    /// The seed of a photo: neighbours are as different as others.
    private static func seed(_ seed: UInt64, epoch: Int, photo: Int) -> UInt64 {
        var random = ShapeRandom(keys: [seed, UInt64(bitPattern: Int64(epoch)), UInt64(bitPattern: Int64(photo))])
        return random.next()
    }
}
