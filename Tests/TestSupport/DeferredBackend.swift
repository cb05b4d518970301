internal import Dispatch
internal import Synchronization
public import TensorCore

/// A device as an accelerator is one: its addresses mean nothing to the host (reading one is a fault of the process), calls
/// only queue what another backend does later on a queue of its own, in the order of submission, and fresh memory is full of
/// NaN. It counts the times that somebody waited.
public final class DeferredBackend: Backend {
    public let name = "deferred"
    public let capabilities = DeviceCapabilities(runsLater: true)

    /// What the queue computes with.
    let inner: any Backend
    private let queue = DispatchQueue(label: "deferred device")
    private let memory = DeviceMemory()
    private let state = Mutex(State())

    private struct State {
        var pending: [@Sendable (DeviceMemory) -> Void] = []
        var lastHandle: UInt = 0
        var waits = 0
        var executed = 0
        var usage = MemoryUsage()
    }

    /// Where addresses begin: no processor can form one.
    private static let tag: UInt = 0xd000_0000_0000_0000
    /// The queue starts by itself when so much is waiting, so that memory is bounded.
    private static let longestQueue = 2048

    /// Makes a device that does what `inner` would do.
    public init(wrapping inner: any Backend = ReferenceBackend.shared) { self.inner = inner }

    /// Calls that were handed to the queue so far.
    public var executed: Int { state.withLock { $0.executed } }

    /// Downloads and synchronisations so far.
    public var waits: Int { state.withLock { $0.waits } }

    public var memoryUsage: MemoryUsage? { state.withLock { $0.usage } }

    public func allocate(byteCount: Int) -> Storage {
        let handle = state.withLock { state -> UInt in
            state.lastHandle += 1
            state.usage.liveBytes += byteCount
            state.usage.peakBytes = max(state.usage.peakBytes, state.usage.liveBytes)
            return state.lastHandle
        }
        submit { [inner] memory in
            let storage = inner.allocate(byteCount: byteCount)
            storage.address.initializeMemory(as: UInt8.self, repeating: 0xff, count: byteCount)
            memory.put(storage, at: handle)
        }
        guard let address = UnsafeMutableRawPointer(bitPattern: Self.tag | handle) else {
            fatalError("DeferredBackend: no handle")
        }
        return Storage(backend: self, address: address, byteCount: byteCount)
    }

    public func deallocate(_ address: UnsafeMutableRawPointer, byteCount: Int) {
        let handle = Self.handle(address)
        state.withLock { $0.usage.liveBytes -= byteCount }
        submit { $0.remove(handle) }
    }

    public func upload(_ bytes: UnsafeRawBufferPointer, to storage: Storage) {
        let (copy, handle) = ([UInt8](bytes), Self.handle(storage.address))
        submit { [inner] memory in copy.withUnsafeBytes { inner.upload($0, to: memory.storage(handle)) } }
    }

    public func download(_ storage: Storage, to bytes: UnsafeMutableRawBufferPointer) {
        let handle = Self.handle(storage.address)
        wait { inner.download(memory.storage(handle), to: bytes) }
    }

    public func synchronize() { wait { inner.synchronize() } }

    private func wait(_ body: () -> Void) {
        let started = state.withLock { state in
            state.waits += 1
            return start(&state)
        }
        withExtendedLifetime(started) {}
        queue.sync(execute: body)
    }

    /// Queues work behind what was submitted before.
    func submit(_ work: @escaping @Sendable (DeviceMemory) -> Void) {
        let started = state.withLock { state in
            state.pending.append(work)
            return state.pending.count >= Self.longestQueue ? start(&state) : []
        }
        withExtendedLifetime(started) {}
    }

    /// Hands the pending work to the queue and returns it: the caller lets go of it outside the lock, because tensors whose
    /// last reference it holds are deallocated then, which takes the lock.
    private func start(_ state: inout sending State) -> [@Sendable (DeviceMemory) -> Void] {
        let batch = state.pending
        state.pending = []
        state.executed += batch.count
        queue.async { [memory] in for work in batch { work(memory) } }
        return batch
    }

    private static func handle(_ address: UnsafeMutableRawPointer) -> UInt { UInt(bitPattern: address) & ~tag }

    /// An operand as the queue finds it. It does not hold the memory: stream order alone keeps it until the work is done.
    func remote(_ buffer: TensorBuffer) -> RemoteBuffer {
        precondition(
            buffer.storage.backend === self, "DeferredBackend: an operand lives on \(buffer.storage.backend.name)")
        return RemoteBuffer(handle: Self.handle(buffer.storage.address), shape: buffer.shape, dtype: buffer.dtype)
    }
}

/// A tensor of a ``DeferredBackend`` by its handle.
struct RemoteBuffer: Sendable {
    let handle: UInt
    let shape: Shape
    let dtype: DType
}

/// The memory behind the handles, which only the queue looks at.
final class DeviceMemory: Sendable {
    private let storages = Mutex<[UInt: Storage]>([:])

    func put(_ storage: Storage, at handle: UInt) { storages.withLock { $0[handle] = storage } }

    func remove(_ handle: UInt) {
        let gone = storages.withLock { $0.removeValue(forKey: handle) }
        precondition(gone != nil, "DeferredBackend: memory given back twice")
    }

    func storage(_ handle: UInt) -> Storage {
        guard let storage = storages.withLock({ $0[handle] }) else {
            fatalError("DeferredBackend: memory is used before it is there or after it was given back")
        }
        return storage
    }

    subscript(_ buffer: RemoteBuffer) -> TensorBuffer {
        TensorBuffer(storage: storage(buffer.handle), shape: buffer.shape, dtype: buffer.dtype)
    }

    subscript(_ buffer: RemoteBuffer?) -> TensorBuffer? { buffer.map { self[$0] } }
}

extension Device {
    /// Every device of this build, and one that runs later.
    public static let tested = Devices.all + [Device(DeferredBackend())]
}
