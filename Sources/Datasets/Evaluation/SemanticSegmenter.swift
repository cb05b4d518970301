/// What a semantic segmenter says about a photo, in its size.
public struct SemanticPrediction: Sendable, Equatable {
    /// The class of every pixel.
    public let map: ClassMap
    /// The classes of ``scores``, in their order; empty when the segmenter only decides.
    public let classIDs: [Int]
    /// How much each class is supported, one map a class: probabilities or logits, the highest wins.
    public let scores: [ScalarMap]
    /// How sure the segmenter is of every pixel's class, 0...1; nil where it does not say it.
    public let confidence: ScalarMap?

    /// A decided map without scores.
    ///
    /// - Parameter confidence: of every pixel's class, 0...1.
    public init(map: ClassMap, confidence: ScalarMap? = nil) {
        (self.map, self.confidence) = (map, confidence)
        classIDs = []
        scores = []
    }

    /// Scores, of which the highest decides a pixel; the first of equals.
    ///
    /// - Precondition: one score map a class, all of one size, at least one; ids fit into 32 bits and are not negative.
    public init(classIDs: [Int], scores: [ScalarMap]) {
        precondition(
            !scores.isEmpty && scores.count == classIDs.count,
            "SemanticPrediction: \(scores.count) score maps for \(classIDs.count) classes")
        let (height, width) = (scores[0].height, scores[0].width)
        precondition(
            scores.allSatisfy { $0.height == height && $0.width == width }, "SemanticPrediction: score maps of different sizes")
        var best = scores[0].values
        var values = [Int32](repeating: Int32(classIDs[0]), count: best.count)
        for (classID, map) in zip(classIDs, scores).dropFirst() {
            for (pixel, score) in map.values.enumerated() where score > best[pixel] {
                best[pixel] = score
                values[pixel] = Int32(classID)
            }
        }
        self.classIDs = classIDs
        self.scores = scores
        confidence = nil
        map = ClassMap(height: height, width: width, values: values)
    }
}

/// Anything that names every pixel of a photo: all its classes at once, without supports.
///
/// Several tasks may ask one segmenter at once.
public protocol SemanticSegmenter: Sendable {
    /// The classes that it tells apart, background (id 0) included where it names it.
    var classes: [FewShotClass] { get }

    /// Names the pixels of a photo.
    ///
    /// - Returns: a prediction of exactly the size of the photo.
    func segment(_ image: RGBImage) throws -> SemanticPrediction

    /// Names the pixels of several photos; the same as one by one, which is the default.
    func segment(_ images: [RGBImage]) throws -> [SemanticPrediction]

    /// Names the pixels of photos where they are compared with the truth: the labels of `segment(_:)` brought there by default. A
    /// segmenter that sees photos in just that space answers without the way to the photo and back.
    ///
    /// - Returns: for each photo labels of the size that its truth has in the space.
    func labels(of images: [RGBImage], in space: IoUSpace) throws -> [ClassMap]
}

extension SemanticSegmenter {
    /// Answers one by one.
    public func segment(_ images: [RGBImage]) throws -> [SemanticPrediction] { try images.map { try segment($0) } }

    /// Brings the labels of the photos there.
    public func labels(of images: [RGBImage], in space: IoUSpace) throws -> [ClassMap] {
        try segment(images).map { space.labels($0.map) }
    }
}
