internal import Foundation
internal import TensorCore

extension PascalFolds {
    /// The field's counts of the lists of images.
    private static let known = [
        ("train", 1464, "VOC 2012's train"), ("val", 1449, "VOC 2012's val"), ("trainaug", 10582, "the community's trainaug"),
        ("merge", 5953, "PFENet's and BAM's voc_sbd_merge_noduplicate"),
    ]

    /// Lists beside the known counts; label maps beside the digests of the index.
    public func inventory() -> DatasetInventory {
        var report = DatasetInventory()
        for (set, count, owner) in Self.known {
            let own = index.rows(of: set).count
            report.notes.append("\(set): \(own) images; \(owner) has \(count)" + (own == count ? ", as many" : ""))
        }
        let sources = Dictionary(grouping: index.rows, by: \.source).map { "\($0.value.count) of \($0.key)" }.sorted()
        var (bytes, other, missing): (Int, [String], [String]) = (0, [], [])
        for row in index.rows {
            guard let content = try? FileBytes.read(folder.labelURL(row.id)) else {
                missing.append(row.id)
                continue
            }
            bytes += content.count
            if SHA256.hex(content) != row.sha256 { other.append(row.id) }
        }
        let list = sources.isEmpty ? "none" : sources.joined(separator: ", ")
        report.notes.append("label maps: \(index.rows.count - missing.count) files of \(bytes) bytes (\(list))")
        if let first = missing.first {
            report.errors.append(
                "\(folder.root.path): \(missing.count) label maps of the index are missing, such as \(first); go on with the build"
            )
        }
        if let first = other.first {
            report.errors.append(
                "\(folder.root.path): \(other.count) label maps are not those of the index, such as \(first); they were changed "
                    + "or damaged after the build: build again")
        }
        return report
    }
}
