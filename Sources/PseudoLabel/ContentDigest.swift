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

/// The digest of a network's tensors: their names, types, shapes and bytes.
func contentDigest(of module: some Module) -> String {
    var hash = SHA256()
    let state = module.stateDict()
    for name in state.names {
        guard let tensor = state[name] else { continue }
        hash.update(Array("\(name) \(tensor.dtype) \(tensor.shape)\n".utf8))
        tensor.withHostBytes { hash.update($0) }
    }
    return hash.hexDigest()
}
