public import Datasets

/// A few-shot segmenter such as DiffUp as boundary refiner: the region's tight box, in the photo itself, is the support, and the same part
/// of the photo the query.
///
/// The photo is cut around the box, so that the object is as large as in the episodes that the segmenter was trained on; what it finds
/// beyond the box is left out.
public struct FewShotRefiner: BoundaryRefiner {
    /// The segmenter; it must take boxes.
    public let segmenter: any EpisodicSegmenter
    /// How far the cut reaches beyond the box on every side, as a share of the box's longer side.
    public let margin: Double
    /// Probabilities from here on are the object.
    public let threshold: Float
    public let identity: String

    /// A refiner.
    ///
    /// - Parameter digest: of the segmenter's files, which names it.
    /// - Precondition: the margin is 0...4.
    public init(_ segmenter: any EpisodicSegmenter, digest: String, margin: Double = 0.25, threshold: Float = 0.5) {
        precondition((0...4).contains(margin), "FewShotRefiner: margin must be 0...4, found \(margin)")
        (self.segmenter, self.margin, self.threshold) = (segmenter, margin, threshold)
        identity = "few-shot \(digest) margin \(margin) threshold \(threshold)"
    }

    public func refine(_ regions: [PromptedRegion], in photo: RGBImage) throws -> [RefinedRegion] {
        try regions.map { try refined($0.box, photo) }
    }

    private func refined(_ box: Box, _ photo: RGBImage) throws -> RefinedRegion {
        let reach = Int((Double(max(box.x1 - box.x0, box.y1 - box.y0)) * margin).rounded(.up))
        let (x0, y0) = (max(0, box.x0 - reach), max(0, box.y0 - reach))
        let (x1, y1) = (min(photo.width, box.x1 + reach), min(photo.height, box.y1 + reach))
        let part = photo.cropped(y: y0, x: x0, height: y1 - y0, width: x1 - x0)
        let inner = Box(x0: box.x0 - x0, y0: box.y0 - y0, x1: box.x1 - x0, y1: box.y1 - y0)
        let support = Support(image: part, annotation: .boxes([inner]))
        let prediction = try segmenter.segment(Episode(query: part, supports: [support]))
        let found = prediction.mask(threshold: threshold)
        var mask = BinaryMask(
            height: photo.height, width: photo.width, values: [Bool](repeating: false, count: photo.height * photo.width))
        for y in box.y0..<box.y1 {
            for x in box.x0..<box.x1 { mask.values[y * photo.width + x] = found.values[(y - y0) * part.width + x - x0] }
        }
        return RefinedRegion(mask: mask, score: Self.confidence(prediction, found))
    }

    /// The mean probability of the object's pixels; 1 for a segmenter that only decides, 0 for an empty mask.
    private static func confidence(_ prediction: Prediction, _ mask: BinaryMask) -> Float {
        if prediction.isDecided { return mask.values.contains(true) ? 1 : 0 }
        let values = zip(prediction.map.values, mask.values).filter(\.1).map(\.0)
        return values.isEmpty ? 0 : values.reduce(0, +) / Float(values.count)
    }
}
