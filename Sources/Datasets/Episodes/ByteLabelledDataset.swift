/// A dataset whose annotation is one byte a pixel: no more than 254 classes, no overlap, 255 is void.
///
/// Everything that ``FewShotDataset`` asks about labels follows from the map.
public protocol ByteLabelledDataset: FewShotDataset {
    /// Loads the label map of an image, of the size of the image.
    func labels(_ id: String) throws -> LabelMap
}

extension ByteLabelledDataset {
    public func mask(of classID: Int, in image: String) throws -> ClassMask { try labels(image).classMask(ofClass: classID) }

    public func classIDs(in image: String) throws -> Set<Int> { try labels(image).classIDs }

    public func classMap(of image: String) throws -> ClassMap { try labels(image).classMap }
}
