public import Datasets
internal import TensorCore

/// The way of a photo to its pseudo labels (Syn4Seg): first labels, APE, SABR.
///
/// Every part is a value that is replaced from outside: the labeller, the features, the refiner.
public struct PseudoLabelling: Sendable {
    /// Where labels begin.
    public var labeller: any InitialLabeller
    /// What regions and pixels are compared by.
    public var features: any PixelFeatures
    /// The classes' prototypes in these features, of supports.
    public var prototypes: ClassPrototypes
    /// Draws outlines.
    public var refiner: any BoundaryRefiner
    /// The numbers.
    public var settings: PseudoLabelSettings
    private let novel: Set<Int32>

    /// A way of labelling.
    ///
    /// - Parameters:
    ///   - supports: photos with the dataset's labels; their classes, and their background, become prototypes.
    ///   - novel: the classes that are to be learned.
    /// - Throws: what the features throw; ``PseudoLabelError/noPrototype(_:)`` for a novel class without a pixel in any support.
    public init(
        _ labeller: any InitialLabeller, features: any PixelFeatures, supports: [PhotoSample], novel: [FewShotClass],
        refiner: any BoundaryRefiner = GuidedFilterRefiner(), settings: PseudoLabelSettings = PseudoLabelSettings()
    ) throws {
        (self.labeller, self.features, self.refiner, self.settings) = (labeller, features, refiner, settings)
        self.novel = Set(novel.map { Int32($0.id) })
        prototypes = ClassPrototypes()
        for support in supports {
            guard let labels = support.labels else { continue }
            prototypes.add(try features.features(of: support.image), labels)
        }
        for item in novel where prototypes.pixelCount(item.id) == 0 { throw PseudoLabelError.noPrototype(item.name) }
    }

    /// Labels a photo.
    ///
    /// - Parameter classID: the class that it was made or found for.
    /// - Returns: the labels after every stage; a stage that is off passes on what it gets.
    /// - Throws: what the parts throw; `DatasetError` for labels of another size than the photo.
    public func callAsFunction(_ photo: RGBImage, madeFor classID: Int) throws -> PseudoLabels {
        let prediction = try labeller.labels(of: photo, madeFor: classID)
        var initial = prediction.map
        guard (initial.height, initial.width) == (photo.height, photo.width) else {
            throw DatasetError(
                file: labeller.identity, found: "labels of \(initial.width)x\(initial.height)",
                expected: "the photo's size, \(photo.width)x\(photo.height)", advice: "correct the labeller")
        }
        if settings.otherNovel == .free {
            for pixel in initial.values.indices where isOtherNovel(initial.values[pixel], classID) {
                initial.values[pixel] = ClassMap.void
            }
        }
        let enhanced = settings.enhancement(
            initial, confidence: prediction.confidence, try features.features(of: photo), prototypes, candidates: [classID])
        guard settings.refines else {
            let passed = BoundaryRefinement.Result(labels: enhanced.relabelled, regions: 0, accepted: 0, changed: 0)
            return PseudoLabels(initial: initial, enhanced: enhanced, refined: passed)
        }
        let refined = try settings.refinement(enhanced.relabelled, in: photo, by: refiner)
        return PseudoLabels(initial: initial, enhanced: enhanced, refined: refined)
    }

    private func isOtherNovel(_ value: Int32, _ classID: Int) -> Bool { value != Int32(classID) && novel.contains(value) }
}
