public import Foundation

/// What may be chosen of COCO-20i; each choice changes numbers and stands in manifests.
public struct COCO20iOptions: Sendable, Hashable {
    /// Which images of base classes a model may see that also show novel ones.
    public enum NovelImages: String, Sendable, Hashable, Codable, CaseIterable {
        /// All; novel objects are background in them (HSNet).
        case keep
        /// None (BAM).
        case drop
    }

    /// The release of the instances, 2014 or 2017; nil for 2014 where it is there and 2017 elsewhere.
    public var year: Int?
    /// How the classes are cut.
    public var folds = COCOFolds.interleaved
    /// How masks follow from annotations.
    public var maskRule = COCOMaskRule()
    /// Pixels that a class needs in an image, where the list is made from the instances: 2048 in PFENet and BAM.
    public var minimumPixels = 2048
    /// Images that a class needs in such a list; classes with fewer are left out.
    public var minimumImages = 2
    /// Which images training lists made from the instances keep.
    public var novelImages = NovelImages.keep
    /// The folder of lists; nil to make them from the instances.
    public var lists: URL?
    /// The folder in the dataset with a PNG of class ids 1...80 for each image, such as HSNet's `annotations`; nil for masks from
    /// the instances.
    public var labelFolder: String?
    /// Where indices are kept.
    public var cache: COCOIndexCache? = .user

    /// The defaults.
    public init() {}

    /// The choices of a request.
    ///
    /// Options: `year`, `folds`, `overlap`, `crowds`, `polygons`, `min-annotation-area`, `min-pixels`, `min-images`, `novel`,
    /// `cache` (a folder, or `none`).
    ///
    /// - Throws: ``DatasetError`` for an option that does not exist or a value that it does not have.
    public init(_ request: DatasetRequest) throws(DatasetError) {
        lists = request.lists.map { URL(fileURLWithPath: $0) }
        // The command's default for folders in VOC layout says nothing about COCO.
        labelFolder = request.labelFolder == "SegmentationClass" ? nil : request.labelFolder
        if let count = request.foldCount, count != COCO20iClasses.foldCount {
            throw Self.problem(request, "foldCount", "\(count)", "4")
        }
        for (name, value) in request.options.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "year": year = try Self.number(request, name, value, in: 2014...2017)
            case "folds": folds = try Self.choice(request, name, value)
            case "overlap": maskRule.overlap = try Self.choice(request, name, value)
            case "crowds": maskRule.crowds = try Self.choice(request, name, value)
            case "polygons": maskRule.parts = try Self.choice(request, name, value)
            case "min-annotation-area": maskRule.minimumArea = try Self.number(request, name, value, in: 0...(1 << 28))
            case "min-pixels": minimumPixels = try Self.number(request, name, value, in: 1...(1 << 28))
            case "min-images": minimumImages = try Self.number(request, name, value, in: 1...100_000)
            case "novel": novelImages = try Self.choice(request, name, value)
            case "cache": cache = value == "none" ? nil : COCOIndexCache(folder: URL(fileURLWithPath: value))
            default: throw Self.problem(request, "options", name, Self.names.joined(separator: ", "))
            }
        }
        guard year.map({ [2014, 2017].contains($0) }) ?? true else {
            throw Self.problem(request, "year", "\(year ?? 0)", "2014 or 2017")
        }
    }

    /// The names of options.
    static let names = [
        "year", "folds", "overlap", "crowds", "polygons", "min-annotation-area", "min-pixels", "min-images", "novel", "cache",
    ]

    private static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ request: DatasetRequest, _ name: String, _ text: String
    ) throws(DatasetError) -> Value {
        guard let value = Value(rawValue: text) else {
            throw problem(request, name, text, Value.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }

    private static func number(
        _ request: DatasetRequest, _ name: String, _ text: String, in range: ClosedRange<Int>
    ) throws(DatasetError) -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw problem(request, name, text, "a number of \(range.lowerBound)...\(range.upperBound)")
        }
        return value
    }

    private static func problem(_ request: DatasetRequest, _ place: String, _ found: String, _ expected: String) -> DatasetError {
        DatasetError(
            file: "dataset \(request.name)", place: place, found: "\"\(found)\"", expected: expected, advice: "correct the option"
        )
    }
}
