internal import ArgumentParser
internal import Datasets

/// What COCO-20i is built from.
struct COCOBuildOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of COCO's photos and annotations, for coco20i.", valueName: "folder"))
    var coco: String?

    @Option(help: ArgumentHelp("The release for coco20i: 2014 (the default where it is there) or 2017.", valueName: "year"))
    var year: Int?

    @Option(help: "How coco20i's lists cut the classes: interleaved (the default) or contiguous.")
    var folds: COCOFolds?

    @Option(help: ArgumentHelp("Images that a class needs in coco20i's lists; 2 by default.", valueName: "count"))
    var minImages: Int?

    @Option(
        help: ArgumentHelp(
            "Who has a pixel of two objects of coco20i: the last in the file (the default), the first or the smallest.",
            valueName: "object"))
    var overlap: String?

    @Option(help: "What crowds of coco20i are: drop (the default), object or void.")
    var crowds: COCOMaskRule.Crowds?

    @Option(help: "Which polygons of an object of coco20i count: all (the default) or first (DIaM).")
    var polygons: COCOMaskRule.Parts?

    @Option(
        help: ArgumentHelp(
            "Area that an annotation of coco20i needs, as the file has it; 0 by default.", valueName: "pixels"))
    var minAnnotationArea: Int?

    private static let overlaps: [COCOMaskRule.Overlap] = [.last, .first, .smallest]

    func validate() throws {
        if let year, ![2014, 2017].contains(year) { throw ValidationError("--year is \(year), expected 2014 or 2017.") }
        if let minImages, !(1...100_000).contains(minImages) {
            throw ValidationError("--min-images is \(minImages), expected 1...100000.")
        }
        if let minAnnotationArea, !(0...(1 << 28)).contains(minAnnotationArea) {
            throw ValidationError("--min-annotation-area is \(minAnnotationArea), expected 0...\(1 << 28).")
        }
        if let overlap, !Self.overlaps.map(\.rawValue).contains(overlap) {
            throw ValidationError(
                "--overlap is \(overlap), expected last, first or smallest: label maps hold one class a pixel.")
        }
    }

    /// Which options were given.
    var given: [(String, Bool)] {
        [
            ("--coco", coco != nil), ("--year", year != nil), ("--folds", folds != nil), ("--min-images", minImages != nil),
            ("--overlap", overlap != nil), ("--crowds", crowds != nil), ("--polygons", polygons != nil),
            ("--min-annotation-area", minAnnotationArea != nil),
        ]
    }

    /// What was asked for.
    func build(_ shared: BuildOptions) throws -> COCOBuild {
        guard let coco else { throw ValidationError("Missing expected argument '--coco <folder>'") }
        var masks = COCOMaskRule()
        masks.overlap = Self.overlaps.first { $0.rawValue == overlap } ?? masks.overlap
        masks.crowds = crowds ?? masks.crowds
        masks.parts = polygons ?? masks.parts
        masks.minimumArea = minAnnotationArea ?? masks.minimumArea
        var rule = COCOListRule()
        rule.folds = folds ?? rule.folds
        rule.minimumPixels = shared.minPixels ?? rule.minimumPixels
        rule.minimumImages = minImages ?? rule.minimumImages
        switch shared.novel {
        case .drop?: rule.novelImages = .drop
        case .keep?: rule.novelImages = .keep
        case nil: break
        }
        return COCOBuild(
            coco: coco, year: year, lists: shared.lists, photos: shared.photos ?? .link, maskRule: masks, listRule: rule)
    }
}
