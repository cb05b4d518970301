internal import CImageCodecs
public import TensorCore

/// Photos of one size, as a model takes them.
public struct PhotoBatch: Sendable {
    /// A photo that could not be loaded.
    public struct Failure: Sendable {
        /// The number of the photo in its loader.
        public var photo: Int
        /// Why.
        public var error: any Error
    }

    /// The numbers of the photos in their loader.
    public var photos: [Int]
    /// Their ids.
    public var ids: [String]
    /// `[N, H, W, 3]`: uint8, or float32 where they were normalised.
    public var images: Tensor
    /// `[N, H, W]`, int32, classes as in ``ClassMap``; nil where not every photo has labels.
    public var labels: Tensor?
    /// Photos of the batch that could not be loaded; the others are there.
    public var failures: [Failure]

    /// Makes a batch of one photo.
    ///
    /// - Parameter normalization: what samples become; nil for bytes.
    public init(_ sample: PhotoSample, normalization: PhotoNormalization? = nil) throws {
        try self.init([(0, .success(sample))], normalization)
    }

    /// Joins photos.
    ///
    /// - Throws: the first error where no photo could be loaded; ``DatasetError`` for photos of different sizes.
    init(_ loaded: [(photo: Int, result: Result<PhotoSample, any Error>)], _ normalization: PhotoNormalization?) throws {
        var samples: [PhotoSample] = []
        (photos, failures) = ([], [])
        for (photo, result) in loaded {
            switch result {
            case .success(let sample):
                photos.append(photo)
                samples.append(sample)
            case .failure(let error): failures.append(Failure(photo: photo, error: error))
            }
        }
        guard let first = samples.first?.image else { throw failures.first?.error ?? CancellationError() }
        if let other = samples.first(where: { $0.image.height != first.height || $0.image.width != first.width }) {
            throw DatasetError(
                file: other.id, found: "\(other.image.width)x\(other.image.height) pixels",
                expected: "those of \(samples[0].id), \(first.width)x\(first.height), in one batch",
                advice: "add PhotoResize or RandomCrop to the loader, or load photos one by one")
        }
        ids = samples.map(\.id)
        images = Self.images(samples.map(\.image), shape: [samples.count, first.height, first.width, 3], normalization)
        let labels = samples.compactMap(\.labels)
        self.labels =
            labels.count == samples.count
            ? Tensor(labels.flatMap(\.values), shape: [samples.count, first.height, first.width]) : nil
    }

    private static func images(_ images: [RGBImage], shape: Shape, _ normalization: PhotoNormalization?) -> Tensor {
        guard let normalization else { return Tensor(images.flatMap(\.pixels), shape: shape) }
        let values = [Float](unsafeUninitializedCapacity: shape.elementCount) { values, filled in
            guard let base = values.baseAddress else { return }
            for image in images {
                fss_look_up_rgb(image.pixels, image.height * image.width, normalization.table, base + filled)
                filled += image.pixels.count
            }
        }
        return Tensor(values, shape: shape)
    }
}
