/// Photos with the labels of all their classes.
public protocol LabelledImages: Sendable {
    /// How labels follow from what is stored, where that can be done in several ways; nil where it cannot.
    var rule: String? { get }
    /// Loads a photo.
    func image(_ id: String) throws -> RGBImage
    /// One class a pixel, by the dataset's ids.
    func labels(_ id: String) throws -> ClassMap
    /// Loads both; one after the other by default.
    func sample(_ id: String) throws -> PhotoSample
}

extension LabelledImages {
    public func sample(_ id: String) throws -> PhotoSample {
        PhotoSample(id: id, image: try image(id), labels: try labels(id))
    }
}

/// A dataset that can be cut for generalized few-shot segmentation.
public protocol GeneralizedDataset: FoldedDataset {
    /// A fold as a convention sees it.
    func gfss(_ convention: GFSSConvention, fold: Int) throws -> GFSSView
    /// The images of its views.
    func labelledImages() throws -> any LabelledImages
}

struct VOCLabelledImages: LabelledImages {
    let folder: VOCFolder
    var rule: String? { nil }

    func image(_ id: String) throws -> RGBImage { try folder.image(id) }
    func labels(_ id: String) throws -> ClassMap { try folder.labels(id).classMap }
}

struct COCOLabelledImages: LabelledImages {
    let photos: COCOPhotos
    let labels: any COCOLabels
    var rule: String? { labels.rule }

    func image(_ id: String) throws -> RGBImage { try photos.image(id) }
    func labels(_ id: String) throws -> ClassMap { try labels.classMap(of: id) }
}

struct ShapesLabelledImages: LabelledImages {
    let shapes: Shapes5i
    var rule: String? { nil }

    func image(_ id: String) throws -> RGBImage { try rendering(id).image }
    func labels(_ id: String) throws -> ClassMap { shapes.labels(try Shapes5iDataset.id(id)).classMap }

    /// Both of one drawing.
    func sample(_ id: String) throws -> PhotoSample {
        let rendering = try rendering(id)
        return PhotoSample(id: id, image: rendering.image, labels: rendering.labels.classMap)
    }

    private func rendering(_ text: String) throws(DatasetError) -> Shapes5i.Rendering {
        try shapes.render(Shapes5iDataset.id(text))
    }
}

extension PascalFolds: GeneralizedDataset {
    public func labelledImages() -> any LabelledImages { VOCLabelledImages(folder: folder) }

    /// A fold for generalized few-shot segmentation: training images of the convention's list, test images VOC's `val`.
    ///
    /// - Throws: ``DatasetError`` for a fold that does not exist.
    public func gfss(_ convention: GFSSConvention, fold: Int) throws(DatasetError) -> GFSSView {
        try requireFold(fold)
        func images(_ set: String) -> [GFSSView.Image] {
            index.rows(of: set).map { GFSSView.Image(id: $0.id, pixels: $0.pixels) }
        }
        return GFSSView(
            convention, classes: classes, novel: Set(novelClasses(fold: fold).map(\.id)),
            training: images(convention.trainingSet), validation: images("val"))
    }
}

extension COCO20i: GeneralizedDataset {
    public func labelledImages() throws -> any LabelledImages {
        guard built == nil, options.labelFolder == nil else {
            return COCOLabelledImages(photos: photos, labels: try labels(.validation).0)
        }
        let own = try indices(.validation)
        let files = Set(own.map(\.file))
        let others = own.isEmpty ? [] : try indices(.training).filter { !files.contains($0.file) }
        return COCOLabelledImages(photos: photos, labels: COCOInstanceLabels(indices: own + others, maskRule: options.maskRule))
    }

    /// A fold for generalized few-shot segmentation: all images of the instances that show a class, training images of `train`, test
    /// images of `val`.
    ///
    /// - Throws: ``DatasetError`` for a fold that does not exist, missing instances, and labels that are pictures, whose pixels nobody
    ///   has counted.
    public func gfss(_ convention: GFSSConvention, fold: Int) throws(DatasetError) -> GFSSView {
        try requireFold(fold)
        guard options.labelFolder == nil else {
            throw DatasetError(
                file: name, found: "label maps", expected: "COCO's instances", advice: "open the dataset without --labels")
        }
        return GFSSView(
            convention, classes: classes,
            novel: Set(COCO20iClasses.novelClasses(fold: fold, folds: options.folds).map(\.id)),
            training: try shownClasses(.training), validation: try shownClasses(.validation))
    }

    private func shownClasses(_ part: DatasetPart) throws(DatasetError) -> [GFSSView.Image] {
        if let built {
            return built.index.rows(of: COCOListFiles.set(part, built.year)).filter { !$0.pixels.isEmpty }
                .map { GFSSView.Image(id: $0.id, pixels: $0.pixels) }
        }
        guard let index = try indices(part).first else { return [] }
        let counts = try COCOPixelCounts(index, rule: options.maskRule, classes: COCO20iClasses.classIDs, cache: options.cache)
        return counts.images.map { GFSSView.Image(id: id(at: $0.position, of: index, part), pixels: $0.pixels) }
    }
}

extension FoldedVOC: GeneralizedDataset {
    public func labelledImages() -> any LabelledImages { VOCLabelledImages(folder: folder) }

    /// A fold for generalized few-shot segmentation: test images are those of all test lists that the fold does not train on, training
    /// images those of all training lists that are not tested. All label maps are read.
    ///
    /// - Throws: ``DatasetError`` for a fold that does not exist, a dataset of one fold, lists and label maps that cannot be read.
    public func gfss(_ convention: GFSSConvention, fold: Int) throws -> GFSSView {
        try requireFold(fold)
        guard foldCount > 1 else {
            throw DatasetError(
                file: name, found: "one fold", expected: "folds that hold classes out", advice: "list four classes or more")
        }
        let own = Set(try training(fold: fold).items.map(\.id))
        func ids(_ part: DatasetPart) throws -> [String] {
            try (0..<foldCount).filter { has(part, fold: $0) }.flatMap { try dataset(part, fold: $0).items.map(\.id) }.uniqued
        }
        let tested = try ids(.validation).filter { !own.contains($0) }
        let all = Set(tested)
        let trained = try ids(.training).filter { !all.contains($0) }
        func images(_ ids: [String]) throws -> [GFSSView.Image] {
            try ids.map { GFSSView.Image(id: $0, pixels: try folder.labels($0).pixelCounts) }
        }
        return GFSSView(
            convention, classes: classes, novel: Set(novelClasses(fold: fold).map(\.id)), training: try images(trained),
            validation: try images(tested))
    }
}

extension FoldedShapes5i: GeneralizedDataset {
    public func labelledImages() -> any LabelledImages { ShapesLabelledImages(shapes: shapes) }

    /// A fold for generalized few-shot segmentation: test images are those of all classes, each in the fold that holds it out.
    /// Training images are the fold's own, and as many again of its novel classes, which no test has.
    ///
    /// - Throws: ``DatasetError`` for a fold that does not exist.
    public func gfss(_ convention: GFSSConvention, fold: Int) throws -> GFSSView {
        try requireFold(fold)
        let novel = Shapes5i.novelClasses(ofFold: fold)
        let count = shapes.imagesPerClass
        let further = novel.flatMap { classID in
            (count..<(2 * count)).map { Shapes5i.ID(fold: fold, split: .validation, class: classID, index: $0) }
        }
        let tested = (0..<foldCount).flatMap { shapes.ids(split: .validation, fold: $0) }
        func images(_ ids: [Shapes5i.ID]) -> [GFSSView.Image] {
            ids.map { GFSSView.Image(id: $0.description, pixels: shapes.labels($0).pixelCounts) }
        }
        return GFSSView(
            convention, classes: classes, novel: Set(novel), training: images(shapes.ids(split: .train, fold: fold) + further),
            validation: images(tested))
    }
}

extension DatasetChoice {
    /// The dataset, which can be cut for generalized few-shot segmentation.
    ///
    /// - Throws: ``RunError/setting(_:found:expected:)`` for another one, and ``DatasetError`` where it cannot be opened.
    public func generalized() throws -> any GeneralizedDataset {
        let dataset = try folded()
        guard let found = dataset as? any GeneralizedDataset else {
            throw RunError.setting(
                "dataset", found: dataset.name, expected: "one of PASCAL, COCO, Shapes-5i, or a folder in VOC layout")
        }
        return found
    }
}
