public import Datasets
internal import TensorCore

/// How well a generated picture keeps the mask of its support.
public struct ConsistencyScore: Sendable, Hashable, Codable {
    /// The cosine between the mean features inside the mask, of the picture and of the support: -1...1.
    public var similarity: Float
    /// How much higher that is than the cosine of what is outside the mask in the picture.
    public var contrast: Float
    /// The IoU of the segmenter's own mask with the shared one, 0...1; nil where none was asked.
    public var overlap: Float?

    /// The value of a measure; of ``ConsistencyMeasure/mask`` and ``ConsistencyMeasure/both`` without an overlap, the similarity.
    public func value(_ measure: ConsistencyMeasure) -> Float {
        guard let overlap else { return similarity }
        switch measure {
        case .features: return similarity
        case .mask: return overlap
        case .both: return (similarity + overlap) / 2
        }
    }
}

/// Scores generated pictures against the drift of generation: a picture whose thing is not where the mask is teaches the wrong pixels.
public struct MaskConsistency: Sendable {
    /// What pictures are compared by.
    public let features: any PixelFeatures
    /// What finds the thing in a picture; nil for nothing.
    public let estimator: (any MaskEstimator)?

    /// Compares pictures.
    public init(features: any PixelFeatures, estimator: (any MaskEstimator)? = nil) {
        (self.features, self.estimator) = (features, estimator)
    }

    /// The mean features inside and outside a mask, each of length 1; zeros where it has no pixel.
    struct Means: Sendable {
        var inside: [Float]
        var outside: [Float]
    }

    /// The means of a photo with a mask of its size.
    func means(of photo: RGBImage, _ mask: BinaryMask) throws -> Means {
        try withoutGradients {
            let cells = FeatureCells(try features.features(of: photo), height: photo.height, width: photo.width)
            let sums = cells.sums(mask.values.map { $0 ? 0 : 1 }, count: 2).sums
            let channels = sums.shape[1]
            let values = sums.scalars
            return Means(inside: Self.unit(values[0..<channels]), outside: Self.unit(values[channels...]))
        }
    }

    private static func unit(_ values: ArraySlice<Float>) -> [Float] {
        let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return values.map { length > 0 ? $0 / length : 0 }
    }

    private static func cosine(_ first: [Float], _ second: [Float]) -> Float {
        zip(first, second).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    }

    /// Scores a picture.
    ///
    /// - Parameters:
    ///   - picture: of the support's size.
    ///   - support: the real support.
    ///   - mask: its pixels.
    /// - Returns: the score, and the estimator's mask.
    /// - Throws: what features and estimator throw.
    public func score(
        _ picture: RGBImage, of support: Support, _ mask: BinaryMask
    ) throws -> (score: ConsistencyScore, estimated: BinaryMask?) {
        try score(picture, of: support, mask, known: try means(of: support.image, mask))
    }

    func score(
        _ picture: RGBImage, of support: Support, _ mask: BinaryMask, known: Means
    ) throws -> (score: ConsistencyScore, estimated: BinaryMask?) {
        let own = try means(of: picture, mask)
        let similarity = Self.cosine(own.inside, known.inside)
        var score = ConsistencyScore(similarity: similarity, contrast: similarity - Self.cosine(own.outside, known.inside))
        guard let estimator else { return (score, nil) }
        let found = try estimator.mask(in: picture, like: support, shared: mask)
        guard found.height == mask.height && found.width == mask.width else {
            throw PseudoLabelError.refiner(
                "the estimator of masks", found: "a mask of \(found.width)x\(found.height)",
                expected: "\(mask.width)x\(mask.height)")
        }
        score.overlap = mask.overlap(with: found)
        return (score, found)
    }
}

extension BinaryMask {
    /// The intersection over union with a mask of the same size; 1 where both are empty.
    public func overlap(with other: BinaryMask) -> Float {
        var (both, either) = (0, 0)
        for (first, second) in zip(values, other.values) {
            if first && second { both += 1 }
            if first || second { either += 1 }
        }
        return either == 0 ? 1 : Float(both) / Float(either)
    }
}
