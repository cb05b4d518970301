/// The threads of the standard backend.
extension Backends {
    /// Sets the number of threads for all later operations; 0 returns to one a core. The plain Swift backend has one only.
    public static func setThreadCount(_ count: Int) {
        #if FSS_ONEDNN
        OneDNNBackend.setThreadCount(count)
        #endif
    }

    /// The number of threads that an operation of the calling thread may use.
    public static var threadCount: Int {
        #if FSS_ONEDNN
        OneDNNBackend.threadCount
        #else
        1
        #endif
    }

    /// Name, version and instruction set of the standard backend, for manifests.
    public static var summary: String {
        #if FSS_ONEDNN
        "onednn (\(OneDNNBackend.description))"
        #else
        standard.name
        #endif
    }
}
