/// Indices out of range that kernels met, kept until somebody waits for results.
///
/// For backends whose kernels run at once; a device keeps such a record in its own memory.
final class IndexFaults: Sendable {
    private struct Fault {
        var operation: StaticString
        var message: String
    }

    private let first = Guarded<Fault?>(nil)

    /// Keeps the first fault with the module that ran.
    func record(_ operation: StaticString, index: Int64, at position: Int, below limit: Int) {
        let module = ModulePath.current.map { " (in \($0))" } ?? ""
        let message = "index \(index) at position \(position) leaves 0..<\(limit)\(module)"
        first.withLock { $0 = $0 ?? Fault(operation: operation, message: message) }
    }

    /// Traps where there was a fault.
    func report() {
        guard let fault = first.withLock({ $0 }) else { return }
        failure(fault.operation, fault.message)
    }
}
