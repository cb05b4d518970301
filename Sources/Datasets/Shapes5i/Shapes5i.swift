/// Shapes-5i: a few-shot segmentation benchmark that is drawn, not downloaded.
///
/// Twenty classes in four folds as PASCAL-5i has them; a class is a texture on a shape ("striped ring"). A picture shows
/// one to four objects of random colours, sizes, poses and lighting, which may cover each other and may be cut by the
/// border, over a cluttered background. All pictures follow from ``seed`` and their ``ID``: integer arithmetic and the
/// exactly rounded floating-point operations alone are used, so every platform draws the same bits. A scene does not
/// depend on ``imageSize``; the same image at another size shows the same things.
///
/// ```swift
/// let shapes = Shapes5i(imageSize: 128)
/// for id in shapes.ids(split: .validation, fold: 0) {
///     let sample = shapes.render(id)
///     print(id, sample.classIDs.map(Shapes5i.className))
/// }
/// ```
public struct Shapes5i: Sendable, Hashable {
    /// Changes whenever any picture changes; belongs in the manifest of every result.
    public static let version = 1
    /// The number of classes.
    public static let classCount = 20
    /// The number of folds.
    public static let foldCount = 4
    /// The names of classes 1...20, in order.
    public static let classNames: [String] = compositions.map(\.name)

    /// What all pictures are drawn from.
    public let seed: UInt64
    /// Pixels along each side.
    public let imageSize: Int
    /// How many images ``ids(split:fold:)`` lists for every class. Any later index can be rendered too.
    public let imagesPerClass: Int
    /// The width in pixels of the unlabelled (255) rim on both sides of object outlines; 0 for none, as the masks are
    /// exact. VOC's own is about 2.5 pixels at 500.
    public let voidBorder: Int

    /// - Precondition: `imageSize` is 16...8192, `imagesPerClass` is positive and `voidBorder` is not negative.
    public init(seed: UInt64 = 5, imageSize: Int = 256, imagesPerClass: Int = 200, voidBorder: Int = 0) {
        precondition((16...8192).contains(imageSize), "Shapes5i: imageSize must be 16...8192, found \(imageSize)")
        precondition(imagesPerClass > 0, "Shapes5i: imagesPerClass must be positive, found \(imagesPerClass)")
        precondition(voidBorder >= 0, "Shapes5i: voidBorder must not be negative, found \(voidBorder)")
        self.seed = seed
        self.imageSize = imageSize
        self.imagesPerClass = imagesPerClass
        self.voidBorder = voidBorder
    }

    /// The name of class 1...20, such as "striped ring".
    public static func className(_ classID: Int) -> String {
        precondition((1...classCount).contains(classID), "Shapes5i: classes are 1...20, found \(classID)")
        return classNames[classID - 1]
    }

    /// The five classes that a fold holds out: 5·fold + 1 ... 5·fold + 5.
    public static func novelClasses(ofFold fold: Int) -> ClosedRange<Int> {
        precondition((0..<foldCount).contains(fold), "Shapes5i: folds are 0...3, found \(fold)")
        return (5 * fold + 1)...(5 * fold + 5)
    }

    /// The fifteen classes that a fold trains on, in order.
    public static func baseClasses(ofFold fold: Int) -> [Int] {
        let novel = novelClasses(ofFold: fold)
        return (1...classCount).filter { !novel.contains($0) }
    }

    /// The classes whose images a split of a fold lists.
    public static func classes(split: Split, fold: Int) -> [Int] {
        split == .train ? baseClasses(ofFold: fold) : Array(novelClasses(ofFold: fold))
    }

    /// The images of a split of a fold, class after class.
    public func ids(split: Split, fold: Int) -> [ID] {
        Shapes5i.classes(split: split, fold: fold).flatMap { classID in
            (0..<imagesPerClass).map { ID(fold: fold, split: split, class: classID, index: $0) }
        }
    }

    /// The classes that can be seen in an image, without drawing it. The image's own class is always among them.
    public func classIDs(in id: ID) -> Set<Int> {
        Set(scene(id).objects.map(\.classID))
    }
}
