/// Which backend new tensors live on.
public enum Backends {
    /// The backend of the running task when it was set with ``using(_:_:)``.
    @TaskLocal static var current: (any Backend)?

    #if FSS_ONEDNN
    /// The best backend of this build: oneDNN where it was linked, else the plain Swift one.
    public static let standard: any Backend = OneDNNBackend.shared
    #else
    /// The best backend of this build: oneDNN where it was linked, else the plain Swift one.
    public static let standard: any Backend = ReferenceBackend.shared
    #endif

    /// Every backend of this build, for tests and diagnostics.
    public static var all: [any Backend] {
        #if FSS_ONEDNN
        [OneDNNBackend.shared, ReferenceBackend.shared]
        #else
        [ReferenceBackend.shared]
        #endif
    }

    /// Runs `body` with new tensors on `backend`. Operations follow their operands, not this setting.
    public static func using<Result>(_ backend: any Backend, _ body: () throws -> Result) rethrows -> Result {
        try $current.withValue(backend, operation: body)
    }

    static var active: any Backend { current ?? standard }
}
