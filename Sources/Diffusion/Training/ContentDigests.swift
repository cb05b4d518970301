internal import Datasets
internal import Synchronization

/// The content digests of one dataset's items, each computed once: some datasets draw or decode a photo to answer.
final class ContentDigests: Sendable {
    private let known = Mutex<[String: String]>([:])

    /// The digest of an item of `dataset`, which is always the same one.
    func digest(_ id: String, in dataset: any FewShotDataset) throws -> String {
        if let digest = known.withLock({ $0[id] }) { return digest }
        let digest = try dataset.contentDigest(id)
        known.withLock { $0[id] = digest }
        return digest
    }
}
