public import Foundation
internal import TensorCore

/// COCO-20i from the downloads: photos and instances of 2014 or 2017, or photos and HSNet's PNG labels.
///
/// A folder that ``COCOBuild`` made is opened without instances. Lists are HSNet's (`val/fold0.pkl`), lists of lines `id__class`
/// (`val/fold0.txt`), those of PFENet, BAM and their successors (`val/sub_class_file_list_0.txt`, `val/data_list_0.txt`), or made from the
/// masks by the rule of ``COCO20iOptions``.
public struct COCO20i: FoldedDataset {
    /// The photos.
    public let photos: COCOPhotos
    /// The choices.
    public let options: COCO20iOptions
    /// "coco-20i", or that of a benchmark made from it.
    public let name: String
    private let root: URL
    private let year: Int
    /// The digests that lists must have, nil for any.
    private let requiredLists: [String: String]?
    /// What the folder was built of; nil for downloads.
    let built: BuiltCOCO?

    /// Opens a folder with the downloads.
    ///
    /// - Parameters:
    ///   - root: the folder of the photos' folders and `annotations`.
    ///   - options: the choices.
    /// - Throws: ``DatasetError`` for a folder without photos or labels.
    public init(root: URL, options: COCO20iOptions = COCO20iOptions()) throws(DatasetError) {
        try self.init(root: root, options: options, name: "coco-20i", requiredLists: nil)
    }

    /// Opens the dataset of a request: `coco=<folder>`.
    ///
    /// - Throws: ``DatasetError`` for a request without a folder or with unknown options, and a folder without photos or labels.
    public init(_ request: DatasetRequest) throws(DatasetError) {
        try self.init(root: Self.folder(request), options: COCO20iOptions(request))
    }

    init(root: URL, options: COCO20iOptions, name: String, requiredLists: [String: String]?) throws(DatasetError) {
        photos = try COCOPhotos(root: root)
        (self.root, self.options, self.name, self.requiredLists) = (root, options, name, requiredLists)
        if options.labelFolder == nil, let built = try BuiltCOCO(root, options) {
            (self.built, year) = (built, built.year)
            return
        }
        built = nil
        let years = options.year.map { [$0] } ?? [2014, 2017]
        func hasInstances(_ year: Int) -> Bool {
            ["train", "val"].contains { FileBytes.exists(Self.instances($0, year, root)) }
        }
        guard options.labelFolder == nil else {
            year = years[0]
            let folder = root.appendingPathComponent(options.labelFolder ?? "")
            guard FileBytes.exists(folder) else {
                throw DatasetError(
                    file: folder.path, found: "no such folder", expected: "the folder of label maps", advice: "check the name")
            }
            return
        }
        guard let found = years.first(where: hasInstances) else {
            throw DatasetError(
                file: root.appendingPathComponent("annotations").path,
                found: "no instances_{train,val}{\(years.map(String.init).joined(separator: ","))}.json",
                expected: "COCO's instances, or a folder of label maps that the request names",
                advice: "unpack annotations_trainval of COCO there, or give --labels annotations for PNGs of class ids")
        }
        year = found
    }

    static func folder(_ request: DatasetRequest) throws(DatasetError) -> URL {
        guard let path = request.path else {
            throw DatasetError(
                file: request.name, found: "no folder", expected: "the folder of COCO's photos and annotations",
                advice: "give \(request.name)=<folder>")
        }
        return URL(fileURLWithPath: path)
    }

    public var classes: [FewShotClass] { COCO20iClasses.classes }

    public var foldCount: Int { COCO20iClasses.foldCount }

    public func has(_ part: DatasetPart, fold: Int) -> Bool {
        guard (0..<foldCount).contains(fold) else { return false }
        if let lists = options.lists { return COCOItemLists.file(lists, part, fold) != nil }
        if let built { return !built.index.rows(of: COCOListFiles.set(part, year)).isEmpty }
        return options.labelFolder == nil && FileBytes.exists(Self.instances(Self.split(part), year, root))
    }

    public func training(fold: Int) throws -> any FewShotDataset { try dataset(.training, fold) }

    public func validation(fold: Int) throws -> any FewShotDataset { try dataset(.validation, fold) }

    private static func split(_ part: DatasetPart) -> String { part == .training ? "train" : "val" }

    static func instances(_ split: String, _ year: Int, _ root: URL) -> URL {
        root.appendingPathComponent("annotations/instances_\(split)\(year).json")
    }

    private func dataset(_ part: DatasetPart, _ fold: Int) throws -> any FewShotDataset {
        try requireFold(fold)
        let rule = COCOListRule(options)
        let allowed = rule.classes(part, fold: fold)
        let (labels, indices) = try labels(part)
        let list: ItemList
        var used = allowed
        if let lists = options.lists {
            list = try COCOItemLists.read(lists, part, fold, rule: rule) { id in
                try built?.pixels[id] ?? labels.pixelCounts(id)
            }
            try require(list, part, fold)
        } else {
            list = try generated(indices.first, part, fold, rule)
            let present = Set(list.items.map(\.classID))
            used = allowed.filter { present.contains($0.id) }
        }
        let source = options.lists == nil ? rule.text : COCOItemLists.origin(list)
        let release = options.labelFolder == nil ? "\(year)" : ""
        return try COCODataset(
            name: "\(name)/\(options.folds.rawValue)/\(part.rawValue)\(release)/fold\(fold) (\(source))", classes: used,
            list: list,
            photos: photos, labels: labels)
    }

    /// Where the masks of a part are, and the instances that they are made of, if any.
    func labels(_ part: DatasetPart) throws(DatasetError) -> (any COCOLabels, [COCOIndex]) {
        if let built {
            return (COCOPictureLabels(folder: root.appendingPathComponent("annotations"), maskRule: built.maskRule), [])
        }
        if let folder = options.labelFolder { return (COCOPictureLabels(folder: root.appendingPathComponent(folder)), []) }
        let indices = try indices(part)
        return (COCOInstanceLabels(indices: indices, maskRule: options.maskRule), indices)
    }

    private func require(_ list: ItemList, _ part: DatasetPart, _ fold: Int) throws(DatasetError) {
        guard let required = requiredLists, let hash = required["\(part.rawValue)\(fold)"] else { return }
        guard !list.hash.hasPrefix(hash) else { return }
        throw DatasetError(
            file: list.file, found: "another list (sha256 \(list.hash.prefix(16)))",
            expected: "the list of \(name) (sha256 \(hash))",
            advice: "take lists/coco/fss_list of the DifFSS-BAM repository, or use coco=<folder> with lists of your own")
    }

    /// That of the part, then that of the other part where it is there and lists may need it.
    func indices(_ part: DatasetPart) throws(DatasetError) -> [COCOIndex] {
        let other: DatasetPart = part == .training ? .validation : .training
        let splits = [part, other].map(Self.split)
        let files = splits.map { Self.instances($0, year, root) }
        var indices: [COCOIndex] = []
        for (number, file) in files.enumerated() where FileBytes.exists(file) && (number == 0 || options.lists != nil) {
            let index = try COCOIndex(file, cache: options.cache)
            try Self.check(index)
            indices.append(index)
        }
        guard !indices.isEmpty else {
            throw DatasetError(
                file: files[0].path, found: "no such file", expected: "the instances of \(splits[0])\(year)",
                advice: "unpack annotations_trainval\(year) of COCO there")
        }
        return indices
    }

    /// Ids and names have to be COCO's: folds are made of them.
    static func check(_ index: COCOIndex) throws(DatasetError) {
        let names = Dictionary(uniqueKeysWithValues: COCO20iClasses.classes.map { ($0.id, $0.name) })
        for category in index.categories {
            let own = COCO20iClasses.classIDs[category.id].flatMap { names[$0] }
            guard own != category.name else { continue }
            throw DatasetError(
                file: index.file, place: "categories", found: "the category \(category.id), \"\(category.name)\"",
                expected: own.map { "COCO's category \(category.id), \"\($0)\"" } ?? "one of COCO's 80 categories",
                advice: "give COCO's own instances; other datasets are folders in VOC layout")
        }
    }

    /// The name without folders: some files have them, and none may lead out of the dataset's.
    static func fileName(_ image: COCOImage) -> Substring {
        image.fileName.split { $0 == "/" || $0 == "\\" }.last ?? ""
    }

    /// The id of an image of the index: "val2014/COCO_val2014_000000507081.jpg".
    func id(at position: Int, of index: COCOIndex, _ part: DatasetPart) -> String {
        "\(Self.split(part))\(year)/\(Self.fileName(index.image(at: position)))"
    }

    /// The list of a part from the masks.
    private func generated(
        _ instances: COCOIndex?, _ part: DatasetPart, _ fold: Int, _ rule: COCOListRule
    ) throws(DatasetError) -> ItemList {
        let file: String
        let items: [DatasetItem]
        if let built {
            file = root.appendingPathComponent(LabelIndex.fileName).path
            items = COCOListFiles.items(built.index, part, fold: fold, rule: rule, year: year)
        } else if let instances {
            file = instances.file
            let counts = try COCOPixelCounts(
                instances, rule: options.maskRule, classes: COCO20iClasses.classIDs, cache: options.cache)
            items = rule.items(part, fold: fold, of: counts.images.map { (id(at: $0.position, of: instances, part), $0.pixels) })
        } else {
            throw DatasetError(
                file: root.path, found: "label maps without lists", expected: "the folder of lists that belong to them",
                advice: "give --lists <folder>, such as data/splits/coco of HSNet")
        }
        guard !items.isEmpty else {
            throw DatasetError(
                file: file, found: "no class of fold \(fold) with \(options.minimumImages) images of \(options.minimumPixels) px",
                expected: "images to draw episodes from", advice: "choose another fold, or lower min-pixels or min-images")
        }
        return ItemList(file: file, items: items, hash: DatasetItem.hash(of: items))
    }
}
