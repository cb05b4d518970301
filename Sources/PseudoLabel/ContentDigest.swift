internal import TensorCore

/// The digest of parts in their order; each part is set apart by its length.
func contentDigest(_ parts: [String]) -> String {
    var hash = SHA256()
    for part in parts {
        let bytes = Array(part.utf8)
        hash.update(Array("\(bytes.count):".utf8))
        hash.update(bytes)
    }
    return hash.hexDigest()
}
