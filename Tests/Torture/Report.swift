internal import Foundation

/// A line a part, and what failed.
final class Report {
    private(set) var faults = 0
    private let start = ContinuousClock.now

    /// A line of counts.
    func line(_ part: String, _ name: String, _ text: String) {
        let time = Int((ContinuousClock.now - start) / .seconds(1))
        print("[\(time) s] \(part): \(name): \(text)")
        fflush(nil)
    }

    /// Something that failed, with the command that shows it again.
    func fault(_ text: String, again command: String? = nil) {
        faults += 1
        print("FAULT \(text)" + (command.map { "\n      again: \($0)" } ?? ""))
        fflush(nil)
    }

    static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded())) ms" }

    static func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }
}
