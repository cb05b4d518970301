/// The two ways in which the field cuts COCO's classes into folds.
public enum COCOFolds: String, Sendable, Hashable, Codable, CaseIterable {
    /// Fold i has the classes i + 1, i + 5, ..., i + 77 (HSNet, PFENet, BAM and most others).
    case interleaved
    /// Fold i has the classes 20i + 1, ..., 20i + 20 (PANet, SSP).
    case contiguous
}

/// COCO-20i: the 80 classes of COCO in four folds of twenty.
public enum COCO20iClasses {
    /// The number of folds.
    public static let foldCount = 4

    /// All classes in COCO's order, ids 1...80.
    public static let classes: [FewShotClass] = table.enumerated().map { FewShotClass(id: $0.offset + 1, name: $0.element.name) }

    /// COCO's own ids of categories, 1...90 with gaps, and what ids of 1...80 they become.
    public static let classIDs: [Int: Int] = Dictionary(
        uniqueKeysWithValues: table.enumerated().map { ($0.element.category, $0.offset + 1) })

    /// The twenty held-out classes of a fold.
    ///
    /// - Precondition: `fold` is in `0..<4`.
    public static func novelClasses(fold: Int, folds: COCOFolds = .interleaved) -> [FewShotClass] {
        precondition((0..<foldCount).contains(fold), "COCO-20i has folds 0...3, found \(fold)")
        return classes.filter { item in
            let place = item.id - 1
            return folds == .interleaved ? place % foldCount == fold : place / 20 == fold
        }
    }

    /// The sixty classes that a model of a fold may be trained on.
    ///
    /// - Precondition: `fold` is in `0..<4`.
    public static func baseClasses(fold: Int, folds: COCOFolds = .interleaved) -> [FewShotClass] {
        let novel = Set(novelClasses(fold: fold, folds: folds))
        return classes.filter { !novel.contains($0) }
    }

    private static let table: [(category: Int, name: String)] = [
        (1, "person"), (2, "bicycle"), (3, "car"), (4, "motorcycle"), (5, "airplane"), (6, "bus"), (7, "train"), (8, "truck"),
        (9, "boat"), (10, "traffic light"), (11, "fire hydrant"), (13, "stop sign"), (14, "parking meter"), (15, "bench"),
        (16, "bird"), (17, "cat"), (18, "dog"), (19, "horse"), (20, "sheep"), (21, "cow"), (22, "elephant"), (23, "bear"),
        (24, "zebra"), (25, "giraffe"), (27, "backpack"), (28, "umbrella"), (31, "handbag"), (32, "tie"), (33, "suitcase"),
        (34, "frisbee"), (35, "skis"), (36, "snowboard"), (37, "sports ball"), (38, "kite"), (39, "baseball bat"),
        (40, "baseball glove"), (41, "skateboard"), (42, "surfboard"), (43, "tennis racket"), (44, "bottle"), (46, "wine glass"),
        (47, "cup"), (48, "fork"), (49, "knife"), (50, "spoon"), (51, "bowl"), (52, "banana"), (53, "apple"), (54, "sandwich"),
        (55, "orange"), (56, "broccoli"), (57, "carrot"), (58, "hot dog"), (59, "pizza"), (60, "donut"), (61, "cake"),
        (62, "chair"), (63, "couch"), (64, "potted plant"), (65, "bed"), (67, "dining table"), (70, "toilet"), (72, "tv"),
        (73, "laptop"), (74, "mouse"), (75, "remote"), (76, "keyboard"), (77, "cell phone"), (78, "microwave"), (79, "oven"),
        (80, "toaster"), (81, "sink"), (82, "refrigerator"), (84, "book"), (85, "clock"), (86, "vase"), (87, "scissors"),
        (88, "teddy bear"), (89, "hair drier"), (90, "toothbrush"),
    ]
}
