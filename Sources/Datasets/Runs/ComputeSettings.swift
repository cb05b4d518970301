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

    /// The defaults: float32, seed 0, one thread a core.
    public init() { self.init(precision: .float32) }

    /// Other settings.
    public init(precision: Precision, seed: UInt64 = 0, threads: Int? = nil) {
        self.precision = precision
        self.seed = seed
        self.threads = threads
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
    }

    /// Makes the settings that hold for the whole process.
    public func apply() {
        if let threads { Backends.setThreadCount(threads) }
    }
}

/// How numbers were computed: what every manifest says, whatever the run.
public struct ComputeRecord: Sendable, Hashable, Codable {
    /// The version of this library.
    public var libraryVersion: String
    /// The computing library, its version and instruction set.
    public var backend: String
    /// Threads of the computation.
    public var threads: Int
    /// The type of activations.
    public var precision: Precision
    /// The seed of the run.
    public var seed: UInt64

    /// Describes this process under `settings`.
    public init(_ settings: ComputeSettings = ComputeSettings()) {
        libraryVersion = LibraryVersion.current
        backend = Backends.summary
        threads = Backends.threadCount
        precision = settings.precision
        seed = settings.seed
    }
}
