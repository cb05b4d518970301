import Foundation
import Testing

/// The built `fss`, run as a user runs it.
enum CommandLineTool {
    struct Result {
        var code: Int32
        var output: String
        var errors: String
    }

    /// Beside the test bundle.
    static var executable: URL {
        let main = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        var folder = main.deletingLastPathComponent()
        while folder.path.count > 1 {
            let candidate = folder.appendingPathComponent("fss")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        return main.deletingLastPathComponent().appendingPathComponent("fss")
    }

    /// Threads that wait do not spin, so that tests that run side by side do not starve each other; and the user's downloads are out of sight.
    static let environment = [
        "OMP_WAIT_POLICY": "passive",
        "XDG_CACHE_HOME": FileManager.default.temporaryDirectory.appendingPathComponent("fss-tests-cache").path,
    ]

    /// Starts the tool with its streams in files, so that no full pipe ever stops it.
    static func start(
        _ arguments: [String], in folder: URL, executable: URL = executable, environment: [String: String] = [:]
    ) throws -> (process: Process, output: URL, errors: URL) {
        let name = UUID().uuidString
        let (output, errors) = (folder.appendingPathComponent("\(name).out"), folder.appendingPathComponent("\(name).err"))
        for url in [output, errors] { try Data().write(to: url) }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(Self.environment) { $1 }
            .merging(environment) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try withoutBlockedSignals { try process.run() }
        return (process, output, errors)
    }

    /// Starts a child as a shell does. Tests run on threads of the pool, which block most signals; a child inherits that, and one
    /// such as `mpirun` that never unblocks SIGINT would not hear of it.
    private static func withoutBlockedSignals(_ start: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try start()
    }

    /// Waits until `condition` holds or the tool ended; false when neither happens within two minutes.
    static func wait(for process: Process, until condition: () -> Bool = { false }) -> Bool {
        for _ in 0..<6000 {
            if !process.isRunning || condition() { return true }
            usleep(20_000)
        }
        return false
    }

    /// Interrupts the tool as Ctrl-C does; the exit code, nil when it had to be killed.
    static func interrupt(_ process: Process) -> Int32? {
        kill(process.processIdentifier, SIGINT)
        let ended = wait(for: process)
        if !ended { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return ended ? process.terminationStatus : nil
    }

    /// Runs the tool to its end.
    static func run(
        _ arguments: [String], in folder: URL = FileManager.default.temporaryDirectory, executable: URL = executable,
        environment: [String: String] = [:]
    ) throws -> Result {
        let (process, output, errors) = try start(arguments, in: folder, executable: executable, environment: environment)
        process.waitUntilExit()
        defer { for url in [output, errors] { try? FileManager.default.removeItem(at: url) } }
        return Result(
            code: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }
}

/// A folder that lives as long as a test.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("fss-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    subscript(_ name: String) -> String { url.appendingPathComponent(name).path }

    func contains(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name]) }
}

/// The JSON object in a text.
func jsonObject(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}
