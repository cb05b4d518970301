internal import TensorCore

/// A fold of a dataset as generalized few-shot segmentation sees it: base and novel classes at once.
///
/// Classes keep the dataset's ids. A view is made from lists with all their classes (``LabelIndex``, `COCOIndex`), of which it needs
/// only how many pixels of which class an image shows.
public struct GFSSView: Sendable {
    /// An image with the pixels of its classes.
    public struct Image: Sendable, Hashable {
        /// Its id.
        public var id: String
        /// Pixels by class, the background left out.
        public var pixels: [Int: Int]

        /// Names an image.
        public init(id: String, pixels: [Int: Int]) {
            self.id = id
            self.pixels = pixels
        }
    }

    /// A support with its class.
    public typealias Support = DatasetItem

    /// How it is set up.
    public let convention: GFSSConvention
    /// The classes that are learned from many images.
    public let baseClasses: [FewShotClass]
    /// The classes that are learned from supports.
    public let novelClasses: [FewShotClass]
    let training: [Image]
    let validation: [Image]
    private let novel: Set<Int>

    /// Cuts a dataset.
    ///
    /// - Parameters:
    ///   - convention: how.
    ///   - classes: all classes, in order.
    ///   - novel: ids of the classes that the fold holds out.
    ///   - training: the training images, in order.
    ///   - validation: the test images, in order.
    /// - Precondition: every novel id is one of the classes.
    public init(
        _ convention: GFSSConvention, classes: [FewShotClass], novel: Set<Int>, training: [Image], validation: [Image]
    ) {
        precondition(novel.isSubset(of: Set(classes.map(\.id))), "GFSSView: a novel class that the dataset does not have")
        self.convention = convention
        baseClasses = classes.filter { !novel.contains($0.id) }
        novelClasses = classes.filter { novel.contains($0.id) }
        (self.training, self.validation, self.novel) = (training, validation, novel)
    }

    /// The images that base classes are learned from, in order.
    public var baseImages: [String] {
        guard convention.novelPixels == .dropImage else { return training.map(\.id) }
        return training.filter { novel.isDisjoint(with: $0.pixels.keys) }.map(\.id)
    }

    /// What a label map says while base classes are learned: novel objects by the convention, everything else as it is.
    public func baseLabels(_ map: ClassMap) -> ClassMap {
        var map = map
        let other = convention.novelPixels == .void ? ClassMap.void : ClassMap.background
        for pixel in map.values.indices where map.values[pixel] > 0 && novel.contains(Int(map.values[pixel])) {
            map.values[pixel] = other
        }
        return map
    }

    /// What the map of a support says: its class, all else background, void as it is.
    public func supportLabels(_ map: ClassMap, classID: Int) -> ClassMap {
        var map = map
        for pixel in map.values.indices where map.values[pixel] > 0 && Int(map.values[pixel]) != classID {
            map.values[pixel] = ClassMap.background
        }
        return map
    }

    /// Images that may support a novel class: it has enough pixels in them, and no other novel class is there.
    public func candidates(classID: Int) -> [String] {
        let images = convention.supportSource == .training ? training : validation
        return images.filter { image in
            let present = novel.intersection(image.pixels.keys)
            return present == [classID] && image.pixels[classID, default: 0] >= convention.minimumSupportPixels
        }.map(\.id)
    }

    /// Draws supports for every novel class, without repeats; those of fewer shots are the first of those of more (nested).
    ///
    /// The generator is NumPy's; a class's candidates are permuted, class after class. The draws of the papers' own code are not
    /// replayed.
    ///
    /// - Throws: ``DatasetError`` for a class with fewer candidates than shots, and a seed above 2^32 - 1.
    public func supports(shots: Int, seed: UInt64) throws(DatasetError) -> [Support] {
        guard NumPyRandom.seeds.contains(seed) else {
            throw DatasetError(
                file: "GFSS \(convention.id)", found: "the seed \(seed)", expected: "at most \(UInt32.max)",
                advice: "take another")
        }
        var random = NumPyRandom(seed: seed)
        var supports: [Support] = []
        for novel in novelClasses {
            let candidates = candidates(classID: novel.id)
            guard shots >= 1, candidates.count >= shots else {
                throw DatasetError(
                    file: "GFSS \(convention.id)", place: novel.name,
                    found:
                        "\(candidates.count) images with at least \(convention.minimumSupportPixels) pixels of it and no other novel class",
                    expected: "\(shots) supports", advice: "ask for fewer shots, or give a larger dataset")
            }
            let order = random.permutation(candidates.count)
            supports += order.prefix(shots).map { DatasetItem(id: candidates[$0], classID: novel.id) }
        }
        return supports
    }

    /// All test images, in order.
    public var testImages: [String] { validation.map(\.id) }

    /// The images that are segmented: all test images, less supports that are among them.
    public func queries(supports: [Support]) -> [String] {
        let used = convention.supportSource == .validation ? Set(supports.map(\.id)) : []
        return validation.map(\.id).filter { !used.contains($0) }
    }

    /// The classes that the base score averages: with the background (0) where the convention counts it.
    public var scoredBaseIDs: [Int] { convention.background.baseIDs(baseClasses.map(\.id)) }

    /// All classes of labels and predictions, background first, then base and novel in the dataset's order.
    public var classIDs: [Int] { [Int(ClassMap.background)] + (baseClasses + novelClasses).map(\.id).sorted() }

    /// The means of a matrix of ``classIDs``.
    ///
    /// - Parameter background: nil for the convention's rule.
    public func means(_ matrix: ConfusionMatrix, background: BackgroundRule? = nil) -> GeneralizedMeans {
        GeneralizedMeans(
            matrix, base: baseClasses.map(\.id), novel: novelClasses.map(\.id),
            background: background ?? convention.background)
    }
}
