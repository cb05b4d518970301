extension Module {
    /// The SHA-256 of the tensors, in hexadecimal digits: names, types, shapes and bytes.
    public var contentDigest: String {
        var hash = SHA256()
        let state = stateDict()
        for name in state.names {
            guard let tensor = state[name] else { continue }
            hash.update(Array("\(name) \(tensor.dtype) \(tensor.shape)\n".utf8))
            tensor.withHostBytes { hash.update($0) }
        }
        return hash.hexDigest()
    }
}
