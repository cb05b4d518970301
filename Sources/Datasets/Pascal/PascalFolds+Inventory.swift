internal import Foundation

extension PascalFolds {
    /// The field's counts of the lists of images.
    private static let known = [
        ("train", 1464, "VOC 2012's train"), ("val", 1449, "VOC 2012's val"), ("trainaug", 10582, "the community's trainaug"),
        ("merge", 5953, "PFENet's and BAM's voc_sbd_merge_noduplicate"),
    ]

    /// Lists beside the known counts; label maps beside the digests of the index.
    public func inventory() -> DatasetInventory {
        var report = index.inventory(of: folder.root.path) { folder.labelURL($0) }
        let counts = Self.known.map { set, count, owner in
            let own = index.rows(of: set).count
            return "\(set): \(own) images; \(owner) has \(count)" + (own == count ? ", as many" : "")
        }
        report.notes.insert(contentsOf: counts, at: 0)
        return report
    }
}
