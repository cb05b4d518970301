extension Shapes5i {
    /// A drawn image with its exact annotation.
    public struct Rendering: Sendable, Equatable {
        /// The picture, ``Shapes5i/imageSize`` pixels square.
        public let image: RGBImage
        /// For every pixel 0 (background), the class 1...20 of the object that fills most of it, or 255 (void border).
        /// Only what can be seen counts: hidden parts of an object belong to what covers them.
        public let labels: LabelMap
        /// For every pixel 0, the object's number 1...4 from back to front, or 255.
        public let instances: LabelMap
        /// The classes of objects 1, 2, ... of ``instances``.
        public let classIDs: [Int]
    }

    /// Draws an image.
    ///
    /// A training image shows base classes of its fold only, a validation image may show any class beside its own.
    /// Every object shows at least 55 % of its area (thin clutter strokes in front of it aside) and more than one
    /// percent of the picture.
    public func render(_ id: ID) -> Rendering {
        scene(id).render(size: imageSize, voidBorder: voidBorder)
    }

    /// The labels of ``render(_:)`` without the picture, which costs much more.
    public func labels(_ id: ID) -> LabelMap { scene(id).labels(size: imageSize, voidBorder: voidBorder) }

    /// A picture of one large object, to train a classifier (a backbone) on the base classes of a fold.
    ///
    /// - Parameters:
    ///   - classID: a base class of the fold.
    ///   - index: any number from 0; every number is another picture.
    ///   - size: pixels along each side.
    ///   - fold: the fold whose novel classes must stay unseen.
    /// - Returns: the picture with its annotation, and the position 0...14 of the class in
    ///   ``baseClasses(ofFold:)``.
    /// - Precondition: `classID` is a base class of the fold, `index` is not negative, `size` is 16...8192.
    public func classificationSample(
        class classID: Int, index: Int, size: Int, fold: Int
    ) -> (sample: Rendering, label: Int) {
        precondition(index >= 0, "Shapes5i: a sample's index must not be negative, found \(index)")
        precondition((16...8192).contains(size), "Shapes5i: a sample's size must be 16...8192, found \(size)")
        let classes = Shapes5i.baseClasses(ofFold: fold)
        guard let label = classes.firstIndex(of: classID) else {
            preconditionFailure("Shapes5i: class \(classID) is not a base class of fold \(fold)")
        }
        let keys = [seed, 2, UInt64(fold), UInt64(classID), UInt64(index)]
        let scene = ShapeSceneSampler(allowed: [classID], classID: classID).portrait(keys: keys)
        return (scene.render(size: size, voidBorder: voidBorder), label)
    }

    /// What an image shows.
    func scene(_ id: ID) -> ShapeScene {
        let allowed = id.split == .train ? Shapes5i.baseClasses(ofFold: id.fold) : Array(1...Shapes5i.classCount)
        let split: UInt64 = id.split == .train ? 0 : 1
        let keys = [seed, split, UInt64(id.fold), UInt64(id.classID), UInt64(id.index)]
        return ShapeSceneSampler(allowed: allowed, classID: id.classID).scene(keys: keys)
    }
}
