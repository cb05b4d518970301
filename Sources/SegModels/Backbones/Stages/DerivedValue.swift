internal import Synchronization
internal import TensorCore

/// Something computed from parameters, computed again after one of them was replaced.
///
/// Tensors are immutable, so a parameter has changed exactly when its storage is another one. The storages are kept, which
/// costs nothing while they are current and rules out that a new one takes an old one's address.
final class DerivedValue<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        var sources: [Storage]
        var value: Value
    }

    private let entry = Mutex<Entry?>(nil)

    /// The value for the current `parameters`; `make` runs without recording and only where they have changed.
    func callAsFunction(of parameters: [Parameter], _ make: @Sendable () -> Value) -> Value {
        withoutGradients {
            let sources = parameters.map { $0.value.buffer.storage }
            return entry.withLock { entry in
                if let entry, zip(entry.sources, sources).allSatisfy({ $0 === $1 }) { return entry.value }
                let value = make()
                entry = Entry(sources: sources, value: value)
                return value
            }
        }
    }
}
