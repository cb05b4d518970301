/// MiniCOCO-20i: COCO-20i with the lists of DifFSS (`lists/coco/fss_list` of its BAM variant), about a tenth of BAM's.
///
/// The lists are the user's to bring; they are known by their digests.
public enum MiniCOCO20i {
    /// The first 16 digits of the SHA-256 of `{train,val}/sub_class_file_list_{0..3}.txt`, by part and fold.
    static let listHashes = [
        "trn0": "ca482651e7dde0f1", "trn1": "41ab849a7e4eff24", "trn2": "ed27432170e5022f", "trn3": "5d53cdbb9b8cfa74",
        "val0": "e2f18aac5db7d2f5", "val1": "a8434ee9331109e4", "val2": "6895e653d5884ec7", "val3": "3d9283038d05b148",
    ]

    /// Opens the dataset of a request: `minicoco=<folder of COCO>` with the folder of the lists.
    ///
    /// - Throws: ``DatasetError`` for a request without lists, and as ``COCO20i`` does. Other lists are refused when they are read.
    public static func dataset(_ request: DatasetRequest) throws(DatasetError) -> COCO20i {
        let options = try COCO20iOptions(request)
        guard options.lists != nil, options.folds == .interleaved else {
            throw DatasetError(
                file: request.name, found: options.lists == nil ? "no folder of lists" : "contiguous folds",
                expected: "the lists of MiniCOCO-20i, whose folds are interleaved",
                advice: "give --lists <DifFSS-BAM>/lists/coco/fss_list")
        }
        return try COCO20i(
            root: COCO20i.folder(request), options: options, name: "minicoco-20i", requiredLists: listHashes)
    }
}
