/// The memory behind tensors: an opaque address that one ``Backend`` owns.
///
/// Sendable by this invariant, kept by every backend, *stream order*: the work that writes the bytes is submitted before the
/// storage is published in a ``Tensor``, none that writes them is submitted after, and whoever reads them submits that to the
/// same backend, which does all work as if in the order of submission. So nobody needs to know when the bytes are there:
/// not the operations above, which neither wait nor look at ``address``, and not the tasks that share a tensor. Memory goes
/// back by the same rule: behind the work that was submitted while the storage lived. This is the only unchecked
/// conformance of the library.
public final class Storage: @unchecked Sendable {
    /// The backend that allocated the memory and alone may read it.
    public let backend: any Backend
    /// A host pointer for CPU backends, a device address or a mere handle for others: only the backend knows.
    public let address: UnsafeMutableRawPointer
    /// The usable size.
    public let byteCount: Int

    /// Keeps borrowed memory alive; nil for memory that the backend allocated.
    private let owner: MappedFile?
    /// Whether the bytes are pages of a file that is mapped for reading.
    var isMapped: Bool { owner != nil }

    private let attachment = Guarded<(any AnyObject & Sendable)?>(nil)

    /// Takes over memory that `backend` allocated; it is given back when the last tensor is gone.
    public init(backend: any Backend, address: UnsafeMutableRawPointer, byteCount: Int) {
        self.backend = backend
        self.address = address
        self.byteCount = byteCount
        owner = nil
    }

    /// A part of a mapped file, which lives as long as the storage.
    init(mapping file: MappedFile, range: Range<Int>, backend: any HostMemoryBackend) {
        self.backend = backend
        address = UnsafeMutableRawPointer(mutating: file.address + range.lowerBound)
        byteCount = range.count
        owner = file
    }

    deinit { if owner == nil { backend.deallocate(address, byteCount: byteCount) } }

    /// What the backend keeps beside immutable bytes, such as weights packed for its kernels: made once by the first
    /// caller, shared by the rest, gone with the storage. `make` submits work like everybody else; the bytes need not be
    /// there yet when it is called.
    public func cached<Value: AnyObject & Sendable>(_ make: () -> Value) -> Value {
        attachment.withLock { slot in
            if let value = slot as? Value { return value }
            let value = make()
            slot = value
            return value
        }
    }
}

/// Typed, shaped memory as a ``Backend`` sees it: a tensor without its place in the graph.
///
/// Elements are contiguous in row-major order.
public struct TensorBuffer: Sendable {
    /// The memory.
    public let storage: Storage
    /// The extents.
    public let shape: Shape
    /// The element type.
    public let dtype: DType

    /// Describes `storage` as a tensor.
    public init(storage: Storage, shape: Shape, dtype: DType) {
        self.storage = storage
        self.shape = shape
        self.dtype = dtype
    }

    /// The number of elements.
    public var count: Int { shape.elementCount }
    /// The first byte as its backend sees it; see ``Storage/address``.
    public var address: UnsafeMutableRawPointer { storage.address }

    /// The same memory with other extents of the same product.
    public func reshaped(_ shape: Shape) -> TensorBuffer {
        TensorBuffer(storage: storage, shape: shape, dtype: dtype)
    }
}
