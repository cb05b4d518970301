internal import Foundation
public import TensorCore

/// Scales photos to one size, bit for bit as Pillow does, and labels by the nearest-neighbour rule.
public struct PhotoResize: PhotoTransformation, Hashable {
    /// Rows of the result.
    public var height: Int
    /// Columns of the result.
    public var width: Int
    /// How photos are filtered.
    public var filter: ResizeFilter

    /// - Precondition: both sides are positive.
    public init(height: Int, width: Int, filter: ResizeFilter = .bilinear) {
        precondition(height > 0 && width > 0, "PhotoResize: sides must be positive, found \(width)x\(height)")
        (self.height, self.width, self.filter) = (height, width, filter)
    }

    public func callAsFunction(_ sample: PhotoSample, _ random: inout TorchRandom) -> PhotoSample {
        PhotoSample(
            id: sample.id, image: sample.image.resized(height: height, width: width, filter: filter),
            labels: sample.labels?.resized(height: height, width: width))
    }
}

/// Mirrors some of the photos left to right.
public struct RandomFlip: PhotoTransformation, Hashable {
    /// The share of photos that are mirrored.
    public var probability: Float

    /// Half of the photos by default.
    public init(probability: Float = 0.5) { self.probability = probability }

    public func callAsFunction(_ sample: PhotoSample, _ random: inout TorchRandom) -> PhotoSample {
        guard random.uniform() < probability else { return sample }
        return PhotoSample(
            id: sample.id, image: sample.image.flippedHorizontally(), labels: sample.labels?.flippedHorizontally())
    }
}

/// Cuts a rectangle of a fixed size out of each photo, every place being as likely.
public struct RandomCrop: PhotoTransformation, Hashable {
    /// Rows of the rectangle.
    public var height: Int
    /// Columns of the rectangle.
    public var width: Int

    /// - Precondition: both sides are positive.
    public init(height: Int, width: Int) {
        precondition(height > 0 && width > 0, "RandomCrop: sides must be positive, found \(width)x\(height)")
        (self.height, self.width) = (height, width)
    }

    /// - Throws: ``DatasetError`` for a photo that is smaller than the rectangle.
    public func callAsFunction(_ sample: PhotoSample, _ random: inout TorchRandom) throws(DatasetError) -> PhotoSample {
        let image = sample.image
        guard image.height >= height, image.width >= width else {
            throw DatasetError(
                file: sample.id, found: "\(image.width)x\(image.height) pixels",
                expected: "at least \(width)x\(height), to be cropped",
                advice: "scale photos up before they are cropped")
        }
        let y = random.integer(below: image.height - height + 1)
        let x = random.integer(below: image.width - width + 1)
        return sample.cropped(y: y, x: x, height: height, width: width)
    }
}

/// Cuts a rectangle of random area and shape out of each photo and scales it to one size (torchvision's `RandomResizedCrop`).
public struct RandomResizedCrop: PhotoTransformation, Hashable {
    /// What rectangles become.
    public var resize: PhotoResize
    /// The share of a photo's area.
    public var area: ClosedRange<Float>
    /// Width over height; as likely below 1 as above.
    public var aspect: ClosedRange<Float>

    /// - Precondition: areas of 0...1, positive shapes.
    public init(_ resize: PhotoResize, area: ClosedRange<Float> = 0.08...1, aspect: ClosedRange<Float> = 0.75...4 / 3) {
        precondition(area.lowerBound > 0 && area.upperBound <= 1, "RandomResizedCrop: areas are shares of a photo, found \(area)")
        precondition(aspect.lowerBound > 0, "RandomResizedCrop: shapes are positive, found \(aspect)")
        (self.resize, self.area, self.aspect) = (resize, area, aspect)
    }

    public func callAsFunction(_ sample: PhotoSample, _ random: inout TorchRandom) -> PhotoSample {
        resize(rectangle(sample, &random), &random)
    }

    /// Ten attempts, then the whole photo.
    private func rectangle(_ sample: PhotoSample, _ random: inout TorchRandom) -> PhotoSample {
        let (rows, columns) = (sample.image.height, sample.image.width)
        for _ in 0..<10 {
            let share = area.lowerBound + (area.upperBound - area.lowerBound) * random.uniform()
            let pixels = Float(rows * columns) * share
            let shape = aspect.lowerBound * powf(aspect.upperBound / aspect.lowerBound, random.uniform())
            let (width, height) = (Int((pixels * shape).squareRoot().rounded()), Int((pixels / shape).squareRoot().rounded()))
            guard (1...columns).contains(width), (1...rows).contains(height) else { continue }
            let y = random.integer(below: rows - height + 1)
            let x = random.integer(below: columns - width + 1)
            return sample.cropped(y: y, x: x, height: height, width: width)
        }
        return sample
    }
}

extension PhotoSample {
    /// A rectangle of photo and labels.
    ///
    /// - Precondition: the rectangle is not empty and inside the photo.
    public func cropped(y: Int, x: Int, height: Int, width: Int) -> PhotoSample {
        PhotoSample(
            id: id, image: image.cropped(y: y, x: x, height: height, width: width),
            labels: labels?.cropped(y: y, x: x, height: height, width: width))
    }
}
