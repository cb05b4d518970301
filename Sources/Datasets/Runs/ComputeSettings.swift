public import TensorCore

/// How a run computes, as plain values: what a command line or a file says.
public struct ComputeSettings: Sendable, Hashable, Codable {
    /// The type of activations.
    public typealias Precision = TensorCore.Precision

    /// The type of activations.
    public var precision: Precision
    /// The seed of everything that is drawn at random.
    public var seed: UInt64
    /// Threads to compute with, nil for one a core.
    public var threads: Int?
    /// The device ("onednn", "cuda:1"), nil for the best of this build.
    public var device: String?

    /// The defaults: float32, seed 0, one thread a core.
    public init() { self.init(precision: .float32) }

    /// Other settings.
    public init(precision: Precision, seed: UInt64 = 0, threads: Int? = nil, device: String? = nil) {
        self.precision = precision
        self.seed = seed
        self.threads = threads
        self.device = device
    }

    /// The seeds that every random source of the library takes.
    public static var seeds: ClosedRange<UInt64> { NumPyRandom.seeds }

    /// The version of the library.
    public static var libraryVersion: String { LibraryVersion.current }

    /// Checks the settings.
    ///
    /// - Throws: ``RunError/setting(_:found:expected:)``.
    public func validate() throws(RunError) {
        guard Self.seeds.contains(seed) else {
            throw .setting("seed", found: "\(seed)", expected: "0...\(Self.seeds.upperBound)")
        }
        if let threads, !(1...1024).contains(threads) {
            throw .setting("threads", found: "\(threads)", expected: "1...1024")
        }
        _ = try found()
    }

    /// Makes the settings that hold for the whole process.
    ///
    /// - Throws: ``RunError/setting(_:found:expected:)`` for a device that is not there.
    public func apply() throws(RunError) {
        if let device = try found() { Devices.standard = device }
        if let threads { Devices.current.setThreadCount(threads) }
    }

    private func found() throws(RunError) -> Device? {
        guard let device else { return nil }
        do {
            return try Devices.named(device)
        } catch {
            throw .setting("device", found: device, expected: Devices.all.map(\.name).joined(separator: ", "))
        }
    }
}

/// How numbers were computed: what every manifest says, whatever the run.
public struct ComputeRecord: Sendable, Hashable, Codable {
    /// The version of this library.
    public var libraryVersion: String
    /// The computing library, its version and instruction set.
    public var backend: String
    /// What tensors were on; nil in a manifest that is older.
    public var device: String?
    /// Threads of the computation.
    public var threads: Int
    /// The type of activations.
    public var precision: Precision
    /// The seed of the run.
    public var seed: UInt64

    /// Describes this process under `settings`.
    public init(_ settings: ComputeSettings = ComputeSettings()) {
        libraryVersion = LibraryVersion.current
        backend = Devices.current.summary
        device = Devices.current.name
        threads = Devices.current.threadCount
        precision = settings.precision
        seed = settings.seed
    }
}
