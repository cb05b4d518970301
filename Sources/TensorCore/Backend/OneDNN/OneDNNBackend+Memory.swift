#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func allocate(byteCount: Int) -> Storage {
        Storage(backend: self, address: pool.take(byteCount: byteCount), byteCount: byteCount)
    }

    public func deallocate(_ address: UnsafeMutableRawPointer, byteCount: Int) {
        pool.give(address, byteCount: byteCount)
    }

    public func upload(_ bytes: UnsafeRawBufferPointer, to storage: Storage) {
        guard let base = bytes.baseAddress else { return }
        fss_copy(storage.address, base, bytes.count)
    }

    public func download(_ storage: Storage, to bytes: UnsafeMutableRawBufferPointer) {
        faults.report()
        guard let base = bytes.baseAddress else { return }
        fss_copy(base, storage.address, bytes.count)
    }

    /// A fresh buffer for an intermediate result.
    func temporary(_ shape: Shape, _ dtype: DType) -> TensorBuffer {
        let bytes = shape.elementCount * dtype.byteCount
        return TensorBuffer(storage: allocate(byteCount: bytes), shape: shape, dtype: dtype)
    }
}

/// Weights of one ``Storage`` in the layouts that primitives asked for, kept through `Storage.cached`.
final class PackedWeights: Sendable {
    // An address as a number: the C object behind it is safe to share, which the type checker cannot see in a pointer.
    private let address: UInt

    private init(_ storage: Storage) {
        let packed = storage.isMapped ? fss_packed_create_mapped(storage.address, storage.byteCount) : fss_packed_create()
        address = UInt(bitPattern: packed)
    }

    /// Those of the weights in `buffer`.
    static func of(_ buffer: TensorBuffer) -> PackedWeights {
        let storage = buffer.storage
        return storage.cached { PackedWeights(storage) }
    }

    deinit { fss_packed_destroy(handle) }

    var handle: OpaquePointer? { OpaquePointer(bitPattern: address) }
}

extension DType {
    /// The number of this type in the C interface.
    var code: Int32 { Int32(rawValue) }
}

extension Shape {
    /// The extents as C numbers, valid during `body`.
    func withExtents<Result>(_ body: (UnsafePointer<Int32>) -> Result) -> Result {
        withUnsafeBytes(of: extents) { bytes in
            body(bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self))
        }
    }

    /// The shape seen as `[outer, n, inner]` around `axis`.
    func split(at axis: Int) -> (outer: Int, n: Int, inner: Int) {
        var outer = 1
        var inner = 1
        for index in 0..<axis { outer *= self[index] }
        for index in (axis + 1)..<Swift.max(rank, axis + 1) { inner *= self[index] }
        return (outer, self[axis], inner)
    }
}

extension FusedActivation {
    /// The number of this activation in the C interface.
    var code: Int32 {
        switch self {
        case .none: 0
        case .relu: 1
        case .relu6: 2
        case .silu: 3
        case .quickGELU: 4
        case .geluErf: 5
        case .geluTanh: 6
        case .sigmoid: 7
        }
    }
}

extension TensorBuffer {
    /// The memory as float32.
    var floats: UnsafeMutablePointer<Float> { address.assumingMemoryBound(to: Float.self) }
    /// The memory as int64.
    var longs: UnsafeMutablePointer<Int64> { address.assumingMemoryBound(to: Int64.self) }
}
#endif
