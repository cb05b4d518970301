internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A process that is started, killed or waited for, and what it used.
final class ChildProcess {
    /// How a process ended.
    struct Ending {
        /// The exit code, or minus the signal that ended it.
        var status: Int32
        /// Seconds from start to end.
        var seconds: Double
        /// Seconds of all processors.
        var processorSeconds: Double
        /// Bytes of memory at its height.
        var peakMemory: Int
        var output: String
        var errors: String

        /// The last words, for messages.
        var tail: String { String((errors.isEmpty ? output : errors).suffix(400)).replacing("\n", with: " | ") }
    }

    let identifier: pid_t
    private let streams: URL
    private let start = ContinuousClock.now

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - folder: where it works.
    ///   - fileLimit: blocks of 512 bytes beyond which no file may grow: writing more fails as on a full disk.
    init(_ program: String, _ arguments: [String], in folder: URL, fileLimit: Int? = nil) throws {
        streams = FileManager.default.temporaryDirectory.appendingPathComponent("torture-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
        let limit = fileLimit.map { "trap '' XFSZ; ulimit -f \($0); " } ?? ""
        let script = "cd \"$0\" || exit 125; \(limit)exec \"$@\""
        let words = ["/bin/sh", "-c", script, folder.path, program] + arguments
        // Threads that wait do not spin: several processes share the processors.
        let environment = ProcessInfo.processInfo.environment.merging([
            "OMP_WAIT_POLICY": "passive", "SWIFT_BACKTRACE": "enable=no",
        ]) { $1 }
        identifier = try Self.spawn(words, environment.map { "\($0)=\($1)" }, streams)
    }

    private static func spawn(_ words: [String], _ environment: [String], _ streams: URL) throws -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, name) in [(STDOUT_FILENO, "output"), (STDERR_FILENO, "errors")] {
            let path = streams.appendingPathComponent(name).path
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        var arguments = words.map { strdup($0) }
        var variables = environment.map { strdup($0) }
        defer { for text in arguments + variables { free(text) } }
        arguments.append(nil)
        variables.append(nil)
        var child: pid_t = 0
        let code = posix_spawn(&child, words[0], &actions, nil, arguments, variables)
        guard code == 0 else { throw TortureError("\(words[0]) cannot be started: \(String(cString: strerror(code)))") }
        return child
    }

    deinit { try? FileManager.default.removeItem(at: streams) }

    /// What it wrote to a stream so far.
    private func text(_ stream: String) -> String {
        String(decoding: (try? Data(contentsOf: streams.appendingPathComponent(stream))) ?? Data(), as: UTF8.self)
    }

    /// Waits until it ends; kills it after so many seconds, which the status says as minus SIGKILL.
    func wait(seconds: Double = 120) -> Ending {
        wait(until: { self.elapsed > seconds })
    }

    /// Seconds since it was started.
    var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Lets it run until a condition holds, then kills it: nothing of it is told, nothing of it is finished.
    func kill(when condition: () -> Bool) -> Ending { wait(until: condition) }

    private func wait(until condition: () -> Bool) -> Ending {
        var (status, usage) = (Int32(0), rusage())
        while true {
            let found = wait4(identifier, &status, WNOHANG, &usage)
            if found == identifier || (found < 0 && errno != EINTR) { break }
            if condition() {
                send(SIGKILL)
                while wait4(identifier, &status, 0, &usage) < 0 && errno == EINTR {}
                break
            }
            usleep(2000)
        }
        let signal = status & 0x7F
        return Ending(
            status: signal == 0 ? (status >> 8) & 0xFF : -signal, seconds: elapsed,
            processorSeconds: Usage.seconds(usage), peakMemory: Usage.peakMemory(usage), output: text("output"),
            errors: text("errors"))
    }

    /// Sends a signal.
    func send(_ signal: Int32) {
        #if canImport(Glibc)
        _ = Glibc.kill(identifier, signal)
        #elseif canImport(Musl)
        _ = Musl.kill(identifier, signal)
        #elseif canImport(Darwin)
        _ = Darwin.kill(identifier, signal)
        #endif
    }
}

/// What a process used.
enum Usage {
    static func seconds(_ usage: rusage) -> Double {
        let whole = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let parts = Double(usage.ru_utime.tv_usec) + Double(usage.ru_stime.tv_usec)
        return Double(whole) + parts / 1e6
    }

    /// Bytes at the height.
    static func peakMemory(_ usage: rusage) -> Int {
        #if canImport(Darwin)
        usage.ru_maxrss
        #else
        usage.ru_maxrss << 10
        #endif
    }

    /// Asks the system to refuse this process more memory than that.
    static func limitMemory(_ bytes: UInt64) {
        #if canImport(Glibc)
        var limit = rlimit(rlim_cur: UInt(bytes), rlim_max: UInt(bytes))
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #else
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        setrlimit(RLIMIT_AS, &limit)
        #endif
    }

    /// Of this process.
    static var own: rusage {
        var usage = rusage()
        // RUSAGE_SELF, which C libraries give different types.
        getrusage(0, &usage)
        return usage
    }
}

/// What ends the torture itself.
struct TortureError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
