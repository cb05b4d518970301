#if FSS_ONEDNN
internal import CTensorKernels

/// The CPU backend of production: oneDNN for products and convolutions, the kernels of `CTensorKernels` for the rest.
///
/// Both run on one pool of threads (libgomp's), choose their instruction set at run time and may be called from any
/// number of tasks at once. Same inputs, same thread count, same machine type: the same bits.
public final class OneDNNBackend: PooledBackend {
    /// The backend of the process.
    public static let shared = OneDNNBackend()

    public let name = "onednn"

    let pool = BufferPool(capacity: 4 << 30)

    let faults = IndexFaults()

    private init() {}

    /// The name, the instruction set of the kernels ("baseline", "avx2", "avx512") and the version of oneDNN.
    public var summary: String {
        "\(name) (\(String(cString: fss_instruction_set())), oneDNN \(String(cString: fss_dnn_version())))"
    }

    public var capabilities: DeviceCapabilities {
        DeviceCapabilities(multipliesBFloat16: Self.hasBFloat16)
    }

    public var threadCount: Int { Int(fss_threads()) }

    /// Sets the number of threads for all later operations; zero returns to the default (one a core, or `OMP_NUM_THREADS`).
    public func setThreadCount(_ count: Int) { fss_set_threads(Int32(clamping: count)) }

    public func synchronize() { faults.report() }
}
#endif
