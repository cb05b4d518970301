/// A tensor of a checkpoint that is made when somebody asks for it.
///
/// On a ``HostMemoryBackend`` the tensor *is* the file's pages, where they are aligned to its elements; elsewhere it is a copy.
/// As long as one such tensor lives, the next request gets the same memory.
final class LazyTensor: Sendable {
    let shape: Shape
    let dtype: DType
    private let file: MappedFile
    private let range: Range<Int>
    private struct Weak: Sendable {
        weak var storage: Storage?
    }
    private let latest = Guarded(Weak())

    /// `range` are the tensor's bytes in `file`, as many as shape and type need.
    init(_ file: MappedFile, _ range: Range<Int>, shape: Shape, dtype: DType) {
        self.file = file
        self.range = range
        self.shape = shape
        self.dtype = dtype
    }

    /// The tensor on the current device.
    ///
    /// - Throws: ``CheckpointError/file(_:reason:)`` where the file has been cut short since it was opened.
    func tensor() throws(CheckpointError) -> Tensor {
        let backend = Devices.current.backend
        if let known = latest.withLock({ $0.storage }), known.backend === backend { return tensor(known) }
        try file.check()
        let storage = mapped(on: backend) ?? copied()
        latest.withLock { $0.storage = storage }
        return tensor(storage)
    }

    private func tensor(_ storage: Storage) -> Tensor {
        Tensor(buffer: TensorBuffer(storage: storage, shape: shape, dtype: dtype))
    }

    private func mapped(on backend: any Backend) -> Storage? {
        // Booleans are brought to 0 and 1, whatever the file holds.
        guard dtype != .bool, !range.isEmpty, let host = backend as? any HostMemoryBackend else { return nil }
        guard UInt(bitPattern: file.address + range.lowerBound) % UInt(dtype.byteCount) == 0 else { return nil }
        return Storage(mapping: file, range: range, backend: host)
    }

    private func copied() -> Storage {
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        return Tensor(fileBytes: bytes, shape: shape, dtype: dtype).buffer.storage
    }
}

extension Tensor {
    /// A copy of a checkpoint's bytes; any byte but 0 is true.
    init(fileBytes bytes: UnsafeRawBufferPointer, shape: Shape, dtype: DType) {
        self = dtype == .bool ? Tensor(bytes.map { $0 != 0 }, shape: shape) : Tensor(bytes: bytes, shape: shape, dtype: dtype)
    }
}
