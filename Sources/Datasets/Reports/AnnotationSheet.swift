/// Every weak label of some examples, drawn as ``RGBImage/annotated(with:color:)`` does.
public enum AnnotationSheet {
    /// Pictures side by side.
    private static let columns = 5
    /// Of a picture.
    private static let width = 250

    /// Draws the sheet: for each example the photo, and one picture a rule.
    ///
    /// Examples are the first images of classes spread evenly over the list's; their annotations are those that an ``EpisodeLoader`` makes of
    /// them as supports at their own resolution under the same seed.
    ///
    /// - Parameters:
    ///   - dataset: where examples come from.
    ///   - rules: by default every rule that needs no parameter.
    ///   - examples: how many; fewer where there are fewer classes with images.
    ///   - seed: of annotations that are drawn at random.
    /// - Throws: errors of photos and masks, also for an example without a pixel of its class.
    /// - Precondition: at least one example.
    public static func picture(
        of dataset: any FewShotDataset, rules: [AnnotationRule] = AnnotationRule.allCases, examples: Int = 1, seed: UInt64 = 0
    ) throws -> RGBImage {
        precondition(examples > 0, "AnnotationSheet: the number of examples is \(examples), expected at least 1")
        let classes = dataset.classes.filter { !dataset.ids(ofClass: $0.id).isEmpty }
        let count = min(examples, classes.count)
        let shown = (0..<count).map { classes[$0 * classes.count / count] }
        let rows = try shown.flatMap { item in try Self.rows(of: item, in: dataset, rules, seed) }
        let shapes = rows.joined().map { Double($0.image.height) / Double($0.image.width) }
        let height = Int((Double(width) * min(max(shapes.max() ?? 1, 0.4), 1.2)).rounded())
        return PictureSheet(
            title: "\(dataset.name): weak labels, seed \(seed)", rows: rows, cellHeight: height, cellWidth: width
        ).rendered()
    }

    private static func rows(
        of item: FewShotClass, in dataset: any FewShotDataset, _ rules: [AnnotationRule], _ seed: UInt64
    ) throws -> [[PictureSheet.Tile]] {
        guard let id = dataset.ids(ofClass: item.id).first else { return [] }
        let photo = try dataset.image(id)
        let mask = try dataset.mask(of: item.id, in: id).object
        guard (photo.height, photo.width) == (mask.height, mask.width) else {
            throw DatasetError(
                file: dataset.labelPlace(id), found: "labels of \(mask.width)x\(mask.height)",
                expected: "the size of the photo, \(photo.width)x\(photo.height)", advice: "correct the dataset")
        }
        let own = AnnotationRule.seed(seed, image: id, classID: item.id)
        var tiles = [PictureSheet.Tile(photo, caption: "\(item.name): \(id)")]
        for rule in rules {
            let annotation = try rule.annotation(for: mask, seed: own)
            let text = rule.givesText ? " \"\(item.name)\"" : ""
            tiles.append(.init(photo.annotated(with: annotation), caption: "\(rule.rawValue)\(text)"))
        }
        return stride(from: 0, to: tiles.count, by: columns).map { Array(tiles[$0..<min($0 + columns, tiles.count)]) }
    }
}
