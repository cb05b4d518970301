internal import Foundation

/// Part 1: damaged files of every format. They are refused in words or read, and never end or fill the process.
struct Mutations {
    /// Cases a process.
    private static let batch = 2000

    var torture: Torture
    /// Only these formats; empty for all.
    var formats: [String]
    /// Cases a format; nil for as many as the time allows.
    var count: Int?

    func run(seconds: Double) throws {
        let chosen = formats.isEmpty ? Specimen.formats.map(\.name) : formats
        let end = ContinuousClock.now + .seconds(seconds)
        for (index, format) in chosen.enumerated() {
            let left = max((end - ContinuousClock.now) / .seconds(1), 1)
            try run(format, seconds: count == nil ? left / Double(chosen.count - index) : .infinity)
        }
    }

    private func run(_ format: String, seconds: Double) throws {
        let start = ContinuousClock.now
        var (whole, next) = (MutationWorker.Summary(), 0)
        let most = count ?? .max
        while next < most {
            let left = seconds - (ContinuousClock.now - start) / .seconds(1)
            if left <= 0 || whole.faults.count >= 20 { break }
            let found = try part(format, from: next, count: min(Self.batch, most - next), seconds: min(left, 600))
            whole.cases += found.cases
            whole.accepted += found.accepted
            whole.slowest = max(whole.slowest, found.slowest)
            whole.growth = max(whole.growth, found.growth)
            whole.faults += found.faults
            next += found.cases
        }
        for fault in whole.faults {
            torture.report.fault(
                "\(format), seed \(torture.seed), case \(fault.number): \(fault.reason)",
                again: "Scripts/torture.sh --skip-build --format \(format) --seed \(torture.seed) --case \(fault.number)")
        }
        let refused = whole.cases - whole.accepted
        torture.report.line(
            "mutations", format,
            "\(whole.cases) cases, \(refused) refused, \(whole.accepted) read, slowest \(Report.milliseconds(whole.slowest)), "
                + "memory +\(whole.growth >> 20) MiB, \(whole.faults.count) faults")
    }

    /// One process; the case that ended it before its time is a fault.
    private func part(_ format: String, from first: Int, count: Int, seconds: Double) throws -> MutationWorker.Summary {
        let folder = torture.folder.appendingPathComponent("mutations-\(format)")
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let child = try ChildProcess(
            torture.program,
            [
                "worker", format, String(torture.seed), String(first), String(count), String(min(seconds, 600)),
                torture.fixture.path, folder.path,
            ], in: folder)
        let ending = child.wait(seconds: seconds + 120)
        if ending.status == 0, let data = ending.output.split(separator: "\n").last.map({ Data($0.utf8) }) {
            return try JSONDecoder().decode(MutationWorker.Summary.self, from: data)
        }
        let progress = (try? Data(contentsOf: folder.appendingPathComponent(MutationWorker.progressName))) ?? Data()
        guard progress.count == 8 else { throw TortureError("\(format) does not begin: \(ending.tail)") }
        let number = progress.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let reason = ending.status == -14 ? "does not end" : "ends the process with \(ending.status): \(ending.tail)"
        return MutationWorker.Summary(cases: number + 1 - first, faults: [.init(number: number, reason: reason)])
    }
}
