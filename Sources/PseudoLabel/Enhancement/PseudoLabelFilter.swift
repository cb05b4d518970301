public import Datasets
public import TensorCore

/// Adaptive pseudo-label filtering (Syn4Seg, APF): a predicted region stays where its mean feature looks like its class.
///
/// A region r of class k has `s(r) = v^(r) · mu^_k`, the cosine of its mean feature with the class's prototype. It is kept where
/// `s(r) >= lambda` and free otherwise. Regions are 8-connected; those of classes without a prototype, and the background, stay as they
/// are.
public struct PseudoLabelFilter: Sendable {
    /// A region with its score.
    public struct Score: Sendable, Hashable, Codable {
        /// The class that was predicted.
        public var classID: Int
        /// Its pixels.
        public var area: Int
        /// s(r).
        public var similarity: Float
        /// Whether it was kept.
        public var isKept: Bool
    }

    /// lambda.
    public var threshold: Float

    /// A filter.
    public init(threshold: Float) { self.threshold = threshold }

    /// Frees the regions that do not look like their class.
    ///
    /// - Parameters:
    ///   - labels: what was predicted.
    ///   - features: of the same photo, `[1, h, w, C]`.
    ///   - prototypes: of supports.
    /// - Returns: the labels, free pixels void, and the score of every region that has a prototype.
    public func callAsFunction(
        _ labels: ClassMap, _ features: Tensor, _ prototypes: ClassPrototypes
    ) -> (labels: ClassMap, scores: [Score]) {
        let classes = prototypes.classIDs.filter { $0 != Int(ClassMap.background) }
        let found = ClassRegions(labels, of: Set(classes))
        guard !found.regions.isEmpty else { return (labels, []) }
        let cells = FeatureCells(features, height: labels.height, width: labels.width)
        let similarities = withoutGradients {
            // A sum has the direction of its mean.
            let regions = cells.sums(found.numbers, count: found.regions.count).sums.normalized(axis: 1)
            let directions = Tensor.concatenated(classes.compactMap { prototypes.direction($0) }, axis: 0)
            return regions.matmul(directions, transposed: .right).scalars
        }
        let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($0.element, $0.offset) })
        let scores = found.regions.enumerated().map { number, region in
            let similarity = similarities[number * classes.count + places[region.classID, default: 0]]
            return Score(
                classID: region.classID, area: region.area, similarity: similarity, isKept: similarity >= threshold)
        }
        var labels = labels
        for (pixel, number) in found.numbers.enumerated() where number >= 0 && !scores[Int(number)].isKept {
            labels.values[pixel] = ClassMap.void
        }
        return (labels, scores)
    }
}
