/// A tensor of a checkpoint that is made when somebody asks for it.
///
/// On a ``HostMemoryBackend`` the tensor *is* the file's pages, where they are its elements in order and aligned; elsewhere it is a
/// copy. As long as one such tensor lives, the next request gets the same memory.
final class LazyTensor: Sendable {
    /// Where it is read.
    let stored: StoredTensor
    private struct Weak: Sendable {
        weak var storage: Storage?
    }
    private let latest = Guarded(Weak())

    /// The tensor that lies at a place.
    init(_ stored: StoredTensor) { self.stored = stored }

    var shape: Shape { stored.shape }
    var dtype: DType { stored.type.dtype }

    /// The tensor on the current device.
    ///
    /// - Throws: ``CheckpointError`` where the file has been cut short since it was opened, or compressed bytes are damaged.
    func tensor() throws(CheckpointError) -> Tensor {
        let backend = Devices.current.backend
        if let known = latest.withLock({ $0.storage }), known.backend === backend { return tensor(known) }
        try stored.bytes.file.check()
        let storage: Storage
        if let mapped = mapped(on: backend) { storage = mapped } else { storage = try stored.tensor().buffer.storage }
        latest.withLock { $0.storage = storage }
        return tensor(storage)
    }

    private func tensor(_ storage: Storage) -> Tensor {
        Tensor(buffer: TensorBuffer(storage: storage, shape: shape, dtype: dtype))
    }

    private func mapped(on backend: any Backend) -> Storage? {
        let bytes = stored.bytes
        // Booleans are brought to 0 and 1, whatever the file holds.
        guard stored.type.isPlain, bytes.compression == nil, stored.isContiguous, !bytes.range.isEmpty,
            let host = backend as? any HostMemoryBackend
        else { return nil }
        let start = UInt(bitPattern: bytes.file.address + bytes.range.lowerBound)
        guard start % UInt(dtype.byteCount) == 0 else { return nil }
        return Storage(mapping: bytes.file, range: bytes.range, backend: host)
    }
}

extension Tensor {
    /// A copy of a checkpoint's bytes; any byte but 0 is true.
    init(fileBytes bytes: UnsafeRawBufferPointer, shape: Shape, dtype: DType) {
        self = dtype == .bool ? Tensor(bytes.map { $0 != 0 }, shape: shape) : Tensor(bytes: bytes, shape: shape, dtype: dtype)
    }
}
