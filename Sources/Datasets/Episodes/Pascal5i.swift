/// PASCAL-5i: the 20 classes of PASCAL VOC in four folds of five (Shaban et al., 2017).
public enum Pascal5i {
    /// The number of folds.
    public static let foldCount = 4

    /// All classes in VOC order, ids 1...20.
    public static let classes: [FewShotClass] = [
        "aeroplane", "bicycle", "bird", "boat", "bottle",
        "bus", "car", "cat", "chair", "cow",
        "dining table", "dog", "horse", "motorbike", "person",
        "potted plant", "sheep", "sofa", "train", "tv monitor",
    ].enumerated().map { FewShotClass(id: $0.offset + 1, name: $0.element) }

    /// The five held-out classes of a fold: ids `5 fold + 1 ... 5 fold + 5`.
    ///
    /// - Precondition: `fold` is in `0..<4`.
    public static func novelClasses(fold: Int) -> [FewShotClass] {
        precondition((0..<foldCount).contains(fold), "PASCAL-5i has folds 0...3, found \(fold)")
        return Array(classes[(fold * 5)..<(fold * 5 + 5)])
    }

    /// The fifteen classes that a model of a fold may be trained on.
    ///
    /// - Precondition: `fold` is in `0..<4`.
    public static func baseClasses(fold: Int) -> [FewShotClass] {
        let novel = novelClasses(fold: fold)
        return classes.filter { !novel.contains($0) }
    }
}
