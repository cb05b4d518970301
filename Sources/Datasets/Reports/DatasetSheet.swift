/// Example pictures of a dataset, a row a class, with the class drawn over the photo.
public enum DatasetSheet {
    /// Draws the sheet.
    ///
    /// The examples of a class are spread evenly over its list, so that the same list gives the same sheet.
    ///
    /// - Parameters:
    ///   - dataset: what is shown.
    ///   - examples: pictures a class.
    /// - Throws: errors of photos and masks.
    /// - Precondition: at least one example.
    public static func picture(of dataset: any FewShotDataset, examples: Int = 6) throws -> RGBImage {
        try picture(of: [dataset], title: dataset.name, examples: examples)
    }

    /// Draws several parts on one sheet.
    ///
    /// - Throws: errors of photos and masks.
    /// - Precondition: at least one example.
    public static func picture(of parts: [any FewShotDataset], title: String, examples: Int = 6) throws -> RGBImage {
        precondition(examples > 0, "DatasetSheet: the number of examples is \(examples), expected at least 1")
        var rows: [[PictureSheet.Tile]] = []
        for part in parts {
            for item in part.classes {
                let ids = part.ids(ofClass: item.id)
                let count = min(examples, ids.count)
                let shown = (0..<count).map { ids[$0 * ids.count / count] }
                rows.append(
                    try shown.enumerated().map { place, id in
                        let mask = try part.mask(of: item.id, in: id).object
                        let photo = try part.image(id)
                        guard (photo.height, photo.width) == (mask.height, mask.width) else {
                            throw DatasetError(
                                file: part.labelPlace(id), found: "labels of \(mask.width)x\(mask.height)",
                                expected: "the size of the photo, \(photo.width)x\(photo.height)", advice: "correct the dataset")
                        }
                        let caption = place == 0 ? "\(item.id) \(item.name), \(ids.count) images" : id
                        return PictureSheet.Tile(photo.overlaid(with: mask), caption: caption)
                    })
            }
        }
        return PictureSheet(title: title, rows: rows.filter { !$0.isEmpty }).rendered()
    }
}
