internal import Foundation

/// The worker's end of the pipe: `run SECONDS LEAST` answers the milliseconds of every repetition, at least `LEAST`, and
/// `peak` the largest resident size so far in megabytes.
struct Conversation {
    private let workload: any Workload

    init(_ workload: any Workload) { self.workload = workload }

    func run() throws {
        Self.say("ready")
        while let line = readLine() {
            let words = line.split(separator: " ")
            switch words.first {
            case "run":
                guard words.count == 3, let seconds = Double(words[1]), let least = Int(words[2]) else {
                    throw BenchmarkError("run what: \(line)")
                }
                let times = try measured(seconds, atLeast: least).map { String($0) }
                Self.say("times " + times.joined(separator: " "))
            case "peak": Self.say("peak " + (Self.peakMegabytes.map { String($0) } ?? "unknown"))
            default: throw BenchmarkError("unknown request: \(line)")
            }
        }
    }

    /// Milliseconds of every repetition: as many as fit into `seconds`, `least` in any case.
    private func measured(_ seconds: Double, atLeast least: Int) throws -> [Double] {
        let clock = ContinuousClock()
        let start = clock.now
        var times: [Double] = []
        while times.count < least || clock.now - start < .seconds(seconds) {
            let duration = try clock.measure { try workload.run() }
            times.append(duration / .milliseconds(1))
        }
        return times
    }

    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    /// The kernel's high-water mark; nil where there is no `/proc`.
    static var peakMegabytes: Double? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = line?.split(separator: " ").compactMap { Double($0) }.first
        return kilobytes.map { $0 / 1024 }
    }
}
