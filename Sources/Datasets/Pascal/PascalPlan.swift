internal import Foundation

/// Which images a build of PASCAL has, where they come from, and how each is made.
struct PascalPlan: BuildPlan {
    /// The lists, as the index names them.
    static let sets = ["train", "val", "trainaug", "merge"]
    /// The source of labels that are VOC's own.
    private static let voc = "voc"

    let images: [BuildImage]
    private let voc: VOCDownload
    private let sbd: SBDDownload
    let photos: PhotoPlacement

    /// Reads the lists of the downloads.
    ///
    /// - Throws: ``DatasetError`` for downloads that are not there, and lists that cannot be read.
    init(_ build: PascalBuild) throws(DatasetError) {
        voc = try VOCDownload(build.voc)
        sbd = try SBDDownload(build.sbd)
        photos = build.photos
        let (train, val) = (Set(try voc.ids("train")), Set(try voc.ids("val")))
        let (sbdTrain, sbdVal) = (try sbd.listed("train"), try sbd.listed("val"))
        var more = Set((sbdTrain ?? []) + (sbdVal ?? []))
        if sbdTrain == nil { more = Set(try sbd.all()) }
        let trainaug = more.union(train).subtracting(val)
        let merge = sbdTrain.map { Set($0).union(train).subtracting(val) } ?? trainaug
        guard train.isDisjoint(with: val) else {
            throw DatasetError(
                file: voc.root.path, found: "images in train.txt and val.txt", expected: "lists without a common image",
                advice: "take the lists as they were published")
        }
        let lists = [("train", train), ("val", val), ("trainaug", trainaug), ("merge", merge)]
        let (voc, kind) = (voc, sbd.kind.rawValue)
        images = trainaug.union(val).sorted().map { id in
            let sets = lists.filter { $0.1.contains(id) }.map(\.0)
            // Images of VOC's lists have VOC's labels; a missing file is a fault, not a reason to take SBD's.
            let isVOC = train.contains(id) || val.contains(id) || FileBytes.exists(voc.labels(id))
            return BuildImage(
                id: id, sets: sets, source: isVOC ? Self.voc : kind, photo: "JPEGImages/\(id).jpg",
                labels: "SegmentationClass/\(id).png")
        }
    }

    var highestClass: Int { Pascal5i.classes.count }

    func photo(_ image: BuildImage) -> URL {
        [voc.photo(image.id), sbd.photo(image.id)].first { FileBytes.exists($0) } ?? voc.photo(image.id)
    }

    func labelPlace(_ image: BuildImage) -> String {
        (image.source == Self.voc ? voc.labels(image.id) : sbd.url(image.id)).path
    }

    func labels(_ image: BuildImage) throws -> LabelMap {
        image.source == Self.voc ? try LabelMap.load(voc.labels(image.id)) : try sbd.labels(image.id)
    }
}
