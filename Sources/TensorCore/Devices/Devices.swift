/// The devices of the process by name, and the one that new tensors live on.
///
/// A backend of another package registers itself and is then found like those of this library:
///
/// ```swift
/// Devices.register("cuda") { index in CUDABackend(index: index) }
/// let device = try Devices.named("cuda:1")
/// ```
public enum Devices {
    /// Makes the backend of the device with a number, nil where there is no such device.
    public typealias Factory = @Sendable (_ index: Int) -> (any Backend)?

    private struct Family {
        var name: String
        var make: Factory
        var made: [Int: Device] = [:]
    }

    private struct State: Sendable {
        var families: [Family]
        var standard: Device
    }

    private static let state = Guarded(initialState)

    private static var initialState: State {
        #if FSS_ONEDNN
        let backends: [any Backend] = [OneDNNBackend.shared, ReferenceBackend.shared]
        #else
        let backends: [any Backend] = [ReferenceBackend.shared]
        #endif
        let families = backends.map { backend in Family(name: backend.name) { $0 == 0 ? backend : nil } }
        return State(families: families, standard: Device(backends[0]))
    }

    @TaskLocal private static var chosen: Device?

    /// Adds a kind of device; one of the same name is replaced. No device is made before it is asked for.
    ///
    /// - Parameters:
    ///   - name: what stands before the colon in ``named(_:)``.
    ///   - make: makes the backend of one device; numbers count from 0.
    public static func register(_ name: String, _ make: @escaping Factory) {
        state.withLock { state in
            state.families.removeAll { $0.name == name }
            state.families.append(Family(name: name, make: make))
        }
    }

    /// The device of a name: a kind ("onednn") for its first, or a kind and a number ("cuda:1").
    ///
    /// - Throws: ``DeviceError`` with the names that are known.
    public static func named(_ name: String) throws(DeviceError) -> Device {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let index = parts.count == 1 ? 0 : Int(parts[1])
        if let index, index >= 0, let device = device(String(parts[0]), index) { return device }
        throw DeviceError.unknown(name: name, known: all.map(\.name))
    }

    /// Every device, kinds in the order of registration.
    public static var all: [Device] {
        let kinds = state.withLock { $0.families.map(\.name) }
        return kinds.flatMap { kind in
            var found: [Device] = []
            while let next = device(kind, found.count) { found.append(next) }
            return found
        }
    }

    /// The processor's own device, whose memory costs nothing to read: oneDNN where it was linked, else the plain Swift one.
    public static let host = initialState.standard

    /// The device of tasks that chose none: oneDNN where it was linked, else the plain Swift one, unless a program sets it.
    public static var standard: Device {
        get { state.withLock { $0.standard } }
        set { state.withLock { $0.standard = newValue } }
    }

    /// The device that new tensors of the running task live on, where they are not made beside others.
    public static var current: Device { chosen ?? standard }

    /// Runs `body` with new tensors on `device`. Operations follow their operands, not this setting.
    public static func using<Result>(_ device: Device, _ body: () throws -> Result) rethrows -> Result {
        try $chosen.withValue(device, operation: body)
    }

    /// Runs `body` with new tensors on `device`. Operations follow their operands, not this setting.
    public static func using<Result>(
        _ device: Device, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await $chosen.withValue(device, operation: body, isolation: isolation)
    }

    private static func device(_ kind: String, _ index: Int) -> Device? {
        state.withLock { state in
            guard let place = state.families.firstIndex(where: { $0.name == kind }) else { return nil }
            if let known = state.families[place].made[index] { return known }
            guard let backend = state.families[place].make(index) else { return nil }
            let device = Device(backend)
            state.families[place].made[index] = device
            return device
        }
    }
}

/// Why a device cannot be used.
public enum DeviceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No device of that name in this process.
    case unknown(name: String, known: [String])

    public var description: String {
        switch self {
        case .unknown(let name, let known):
            "there is no device \"\(name)\" here; the devices are \(known.joined(separator: ", "))"
        }
    }
}

extension Device {
    /// ``Devices/host``.
    public static var host: Device { Devices.host }
}
