internal import Foundation

/// Which images a build of COCO has, and where they come from.
struct COCOPlan: BuildPlan {
    let images: [BuildImage]
    let photos: PhotoPlacement
    /// The release.
    let year: Int
    /// The parts that are there, `train2014` and `val2014`.
    let sets: [String]
    /// The digests of the instances, by the names of their files.
    let digests: [String: String]
    /// What was left out of the instances, a line each.
    let problems: [String]
    private let indices: [COCOIndex]
    private let download: COCOPhotos
    private let rule: COCOMaskRule

    /// Opens the downloads.
    ///
    /// - Throws: ``DatasetError`` for downloads that are not there, instances that cannot be read, and others than an earlier run had.
    init(_ build: COCOBuild, cache: COCOIndexCache?) throws(DatasetError) {
        let root = URL(fileURLWithPath: build.coco)
        (download, rule, photos) = (try COCOPhotos(root: root), build.maskRule, build.photos)
        let years = build.year.map { [$0] } ?? [2014, 2017]
        var found: (year: Int, files: [(set: String, url: URL)]) = (0, [])
        for year in years where found.files.isEmpty {
            let files = ["train", "val"].map { (set: "\($0)\(year)", url: COCO20i.instances($0, year, root)) }
            found = (year, files.filter { FileBytes.exists($0.url) })
        }
        guard !found.files.isEmpty else {
            throw DatasetError(
                file: root.appendingPathComponent("annotations").path,
                found: "no instances_{train,val}{\(years.map(String.init).joined(separator: ","))}.json",
                expected: "COCO's instances", advice: "unpack annotations_trainval of COCO there")
        }
        (year, sets) = (found.year, found.files.map(\.set))
        var (indices, images, digests, problems): ([COCOIndex], [BuildImage], [String: String], [String]) = ([], [], [:], [])
        for (set, url) in found.files {
            let index = try COCOIndex(url, cache: cache)
            try COCO20i.check(index)
            digests[url.lastPathComponent] = index.digest
            problems += index.problems.map { "\(url.path): \($0)" }
            for position in 0..<index.imageCount where index.annotationCount(at: position) > 0 {
                let name = COCO20i.fileName(index.image(at: position))
                images.append(
                    BuildImage(
                        id: "\(set)/\(name)", sets: [set], source: "coco", photo: "\(set)/\(name)",
                        labels: "annotations/\(set)/\(PhotoRule.stem(String(name))).png", place: (indices.count, position)))
            }
            indices.append(index)
        }
        (self.indices, self.images, self.digests, self.problems) = (indices, images, digests, problems)
        for (name, digest) in build.instances.sorted(by: { $0.key < $1.key }) where digests[name] != digest {
            throw DatasetError(
                file: root.appendingPathComponent("annotations/\(name)").path,
                found: digests[name].map { "other instances (sha256 \($0.prefix(16)))" } ?? "no such file",
                expected: "those with which the build began (sha256 \(digest.prefix(16)))",
                advice: "put them back, or begin again in another folder")
        }
    }

    var highestClass: Int { COCO20iClasses.classes.count }

    func photo(_ image: BuildImage) -> URL { download.file(image.id) ?? download.root.appendingPathComponent(image.id) }

    func labelPlace(_ image: BuildImage) -> String { "annotations of \(image.id) in \(indices[image.place.list].file)" }

    func labels(_ image: BuildImage) throws -> LabelMap {
        let index = indices[image.place.list]
        let painter = COCOPainter(
            try index.annotations(at: image.place.position), of: index.image(at: image.place.position), rule: rule,
            classes: COCO20iClasses.classIDs)
        let map = painter.classMap()
        let values = map.values.map { $0 == ClassMap.void ? LabelMap.ignore : UInt8($0) }
        return LabelMap(height: map.height, width: map.width, values: values)
    }
}
