public import Datasets
public import TensorCore

/// The mean feature of every class over all its pixels (Syn4Seg, APF):
/// `mu_k = sum_j sum_p 1[M_j(p) = k] f_j(p) / sum_j sum_p 1[M_j(p) = k]`.
///
/// Sums are kept, so that supports can be added one by one; large supports count by their pixels, as the text has it.
public struct ClassPrototypes: Sendable {
    private var sums: [Int: Tensor] = [:]
    private var pixels: [Int: Int] = [:]

    /// No class yet.
    public init() {}

    /// The classes that have pixels, sorted.
    public var classIDs: [Int] { sums.keys.sorted() }

    /// Adds the pixels of a labelled photo.
    ///
    /// - Parameters:
    ///   - features: `[1, h, w, C]`.
    ///   - labels: the photo's.
    ///   - classes: the classes that are counted; nil for all that occur, background included.
    public mutating func add(_ features: Tensor, _ labels: ClassMap, classes: [Int]? = nil) {
        let counted = classes ?? Set(labels.values.filter { $0 != ClassMap.void }.map(Int.init)).sorted()
        let places = Dictionary(counted.enumerated().map { (Int32($0.element), Int32($0.offset)) }) { first, _ in first }
        let cells = FeatureCells(features, height: labels.height, width: labels.width)
        let found = withoutGradients { cells.sums(labels.values.map { places[$0] ?? -1 }, count: counted.count) }
        for (place, classID) in counted.enumerated() where found.pixels[place] > 0 {
            let sum = found.sums.sliced(axis: 0, from: place, count: 1)
            sums[classID] = sums[classID].map { $0 + sum } ?? sum
            pixels[classID, default: 0] += found.pixels[place]
        }
    }

    /// How many pixels a class has.
    public func pixelCount(_ classID: Int) -> Int { pixels[classID, default: 0] }

    /// mu of a class, `[1, C]`; nil where it has no pixel.
    public func mean(_ classID: Int) -> Tensor? { sums[classID].map { $0 / Float(max(pixelCount(classID), 1)) } }

    /// mu of length one, `[1, C]`; nil where the class has no pixel.
    public func direction(_ classID: Int) -> Tensor? { mean(classID)?.normalized(axis: 1) }
}
