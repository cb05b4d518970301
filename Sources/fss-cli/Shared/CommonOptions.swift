internal import ArgumentParser
internal import TensorCore

/// Options that every computing command has.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON on standard output, and nothing else there.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no remarks; errors only.")
    var quiet = false

    @Option(help: "Seed of everything that is drawn at random; 0 by default.")
    var seed: UInt64?

    @Option(help: "Threads to compute with; by default one for each core.")
    var threads: Int?

    @Option(help: "Device to compute on, such as onednn, reference or cuda:1; by default the best of this build.")
    var device: String?

    @Option(help: "Number format of activations; float32 by default.")
    var precision: Precision?

    func validate() throws {
        if let seed, !NumPyRandom.seeds.contains(seed) {
            throw ValidationError("--seed is \(seed), expected 0...\(NumPyRandom.seeds.upperBound).")
        }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is \(threads), expected 1...1024.") }
        if let device {
            do {
                _ = try Devices.named(device)
            } catch {
                throw ValidationError("--device: \(error).")
            }
        }
    }

    /// The seed, by default 0.
    var seedValue: UInt64 { seed ?? 0 }

    /// The precision, by default float32.
    var precisionValue: Precision { precision ?? .float32 }

    /// Where the command writes.
    var console: Console { Console(json: json, quiet: quiet) }

    /// Makes the settings that hold for the whole process.
    func apply() throws {
        if let device { Devices.standard = try Devices.named(device) }
        if let threads { Devices.current.setThreadCount(threads) }
    }
}

/// Options of commands that only read files.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON on standard output, and nothing else there.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no remarks; errors only.")
    var quiet = false

    /// Where the command writes.
    var console: Console { Console(json: json, quiet: quiet) }
}
