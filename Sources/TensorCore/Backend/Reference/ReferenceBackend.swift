// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// Every primitive as a plain Swift loop: the oracle that faster backends are tested against, and what runs where no
/// kernel library is installed.
///
/// Clarity and accuracy come first: operands are read into arrays, sums are taken in double precision, and results are
/// rounded once. NaN behaves as in PyTorch: maxima, minima, `relu` and `clamp` propagate it.
public final class ReferenceBackend: PooledBackend {
    /// The one instance.
    public static let shared = ReferenceBackend()

    public let name = "reference"

    let pool = BufferPool(capacity: 256 << 20)

    let faults = IndexFaults()

    private init() {}

    public func synchronize() { faults.report() }

    public func allocate(byteCount: Int) -> Storage {
        Storage(backend: self, address: pool.take(byteCount: byteCount), byteCount: byteCount)
    }

    public func deallocate(_ address: UnsafeMutableRawPointer, byteCount: Int) {
        pool.give(address, byteCount: byteCount)
    }

    public func upload(_ bytes: UnsafeRawBufferPointer, to storage: Storage) {
        precondition(bytes.count <= storage.byteCount, "upload: \(bytes.count) bytes into \(storage.byteCount)")
        guard let source = bytes.baseAddress else { return }
        storage.address.copyMemory(from: source, byteCount: bytes.count)
    }

    public func download(_ storage: Storage, to bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count <= storage.byteCount, "download: \(bytes.count) bytes from \(storage.byteCount)")
        faults.report()
        guard let target = bytes.baseAddress else { return }
        target.copyMemory(from: storage.address, byteCount: bytes.count)
    }
}
