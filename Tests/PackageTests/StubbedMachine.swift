import Foundation

/// A machine as a script sees it: a search path with nothing but the commands that a test puts there.
///
/// Every call of a stub is written to a log, and none reaches the real machine.
struct StubbedMachine: ~Copyable {
    private let folder: URL
    private var bin: URL { folder.appending(path: "bin") }
    private var log: URL { folder.appending(path: "calls") }

    /// The plain tools that scripts use, taken from the real machine.
    private static let tools = ["bash", "env", "dirname", "readlink", "sed", "cat", "printf", "grep", "awk", "head"]

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "stubbed-machine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        for tool in Self.tools {
            let real = ["/usr/bin", "/bin"].map { "\($0)/\(tool)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
            guard let real else { continue }
            try FileManager.default.createSymbolicLink(
                at: bin.appending(path: tool), withDestinationURL: URL(filePath: real))
        }
        try Data().write(to: log)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Adds a command that logs its call and then runs `body` (shell code, the arguments in `"$@"`).
    func add(_ command: String, _ body: String = "exit 0") throws {
        let script = "#!\(bin.path)/bash\nprintf '%s\\n' \"\(command) $*\" >>'\(log.path)'\n\(body)\n"
        let url = bin.appending(path: command)
        try script.write(to: url, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }

    /// Runs a script of the repository with the stubs as its whole search path.
    func run(_ script: String, _ arguments: [String] = []) throws -> (status: Int32, messages: String, calls: [String]) {
        let process = Process()
        process.executableURL = bin.appending(path: "bash")
        process.arguments = [Repository.root.appending(path: script).path] + arguments
        process.environment = ["PATH": bin.path]
        let messages = folder.appending(path: "messages")
        try Data().write(to: messages)
        let handle = try FileHandle(forWritingTo: messages)
        process.standardError = handle
        process.standardOutput = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try handle.close()
        let calls = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map(String.init)
        return (process.terminationStatus, try String(contentsOf: messages, encoding: .utf8), calls)
    }
}
