internal import Foundation

/// What came of a case: a right result or a trap of the library's own with its reason.
enum Verdict {
    case right
    case trapped
    case fault(String)

    init(_ walked: WalkedCase, status: Int32, output: String) {
        let lines = output.split(separator: "\n").map(String.init)
        if status == 0 {
            self = lines.contains(Execution.right) ? .right : .fault(lines.last ?? "no answer")
            return
        }
        guard let line = lines.first(where: { $0.contains("Fatal error: ") }),
            let message = line.components(afterFirst: "Fatal error: ")
        else {
            self = .fault(status == -14 ? "does not end" : "ends with \(status) and \(lines.suffix(3))")
            return
        }
        if lines.contains(Execution.firstDone) {
            self = .fault("only one backend traps, or only with gradients: \(message)")
        } else if message.hasPrefix((walked.indexLabel ?? walked.label) + ": index ") {
            self = .trapped
        } else if !(message.hasPrefix(walked.label + ":") || message.hasPrefix(walked.label + " in ")) {
            self = .fault("the message does not name the operation \(walked.label): \(message)")
        } else if !walked.words.contains(where: message.contains) {
            self = .fault("the message names none of \(walked.words): \(message)")
        } else if case .operands = walked.kind, !(message.contains("[") && message.contains("]")) {
            self = .fault("the message gives no shape: \(message)")
        } else {
            self = .trapped
        }
    }
}

extension String {
    /// What follows `separator`, nil where it does not occur.
    func components(afterFirst separator: String) -> String? {
        guard let found = range(of: separator) else { return nil }
        return String(self[found.upperBound...])
    }
}
