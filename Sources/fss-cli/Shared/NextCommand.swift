internal import Datasets

/// What a command that follows has to be told of the data, so that it sees the same.
enum NextCommand {
    /// The options of a fold.
    static func data(_ dataset: DatasetChoice, _ convention: GFSSConvention, fold: Int) -> String {
        var words = ["--dataset", dataset.dataset]
        if dataset.name == DatasetRegistry.shapes5i && dataset.imagesPerClass != FoldedShapes5i.defaultImagesPerClass {
            words += ["--images-per-class", "\(dataset.imagesPerClass)"]
        }
        if let lists = dataset.lists { words += ["--lists", lists] }
        words += ["--convention", convention.id]
        if GFSSConvention(named: convention.id)?.minimumSupportPixels != convention.minimumSupportPixels {
            words += ["--min-support-pixels", "\(convention.minimumSupportPixels)"]
        }
        return (words + ["--fold", "\(fold)"]).joined(separator: " ")
    }
}
