/// A place where tensors live and operations run: one backend, which stands for one processor or accelerator.
///
/// ```swift
/// let device = try Devices.named("onednn")
/// let images = photos.placed(on: device)
/// ```
public struct Device: Sendable, Hashable, CustomStringConvertible {
    /// What computes.
    public let backend: any Backend

    /// The device of a backend.
    public init(_ backend: any Backend) { self.backend = backend }

    /// The name, such as "onednn", "reference" or "cuda:0".
    public var name: String { backend.name }
    /// The number among the devices of its kind.
    public var index: Int { backend.index }
    /// The name with versions and instruction set, for manifests.
    public var summary: String { backend.summary }
    /// What the device can do.
    public var capabilities: DeviceCapabilities { backend.capabilities }
    /// What the device's tensors occupy; nil where it does not count.
    public var memoryUsage: MemoryUsage? { backend.memoryUsage }

    /// Waits until all submitted work is done. An index out of range that was met traps here, with its operation.
    public func synchronize() { backend.synchronize() }

    /// Lets the peak of ``memoryUsage`` begin at what is in use.
    public func resetPeakMemory() { backend.resetPeakMemory() }

    /// Gives memory that no tensor uses back to the system.
    public func trim() { backend.trim() }

    /// The number of host threads that an operation of the calling thread may use.
    public var threadCount: Int { backend.threadCount }

    /// Sets the number of threads for all later operations; 0 returns to one a core. Devices without a choice ignore it.
    public func setThreadCount(_ count: Int) { backend.setThreadCount(count) }

    public var description: String { name }

    public static func == (lhs: Device, rhs: Device) -> Bool { lhs.backend === rhs.backend }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(backend)) }
}

/// What a device can do beyond the primitives, for those who choose between ways to compute.
public struct DeviceCapabilities: Sendable, Hashable {
    /// Products and convolutions of bfloat16 are computed as such, not in float32.
    public var multipliesBFloat16: Bool
    /// Calls return before their work is done.
    public var runsLater: Bool

    /// A host device that does neither, by default.
    public init(multipliesBFloat16: Bool = false, runsLater: Bool = false) {
        self.multipliesBFloat16 = multipliesBFloat16
        self.runsLater = runsLater
    }
}
