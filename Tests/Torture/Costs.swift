internal import Foundation

/// Part 5: small files that could cost much. Each is read in a process of its own, whose time and memory are bounded.
struct Costs {
    var torture: Torture

    /// Bytes beyond those of a process that reads nothing: 64 MiB and so many times the file.
    private static let timesFile = 16
    /// Seconds of the processor.
    private static let timeBound = 8.0

    func run() throws {
        let place = torture.folder.appendingPathComponent("costs")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let made = try ChildProcess(torture.program, ["costs", place.path], in: place).wait()
        guard made.status == 0 else { throw TortureError("costly files: \(made.tail)") }
        let idle = try ChildProcess(torture.program, ["read", "nothing", place.path], in: place).wait().peakMemory
        for costly in CostlyFile.all { try run(costly, place, idle) }
    }

    private func run(_ costly: CostlyFile, _ place: URL, _ idle: Int) throws {
        let path = place.appendingPathComponent(costly.file).path
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        let ending = try ChildProcess(torture.program, ["read", costly.name, place.path], in: place).wait()
        let memory = max(ending.peakMemory - idle, 0)
        torture.report.line(
            "cost", costly.name,
            "\(size >> 10) KiB: \(Report.milliseconds(ending.processorSeconds)), +\(Report.mebibytes(memory)), "
                + "\(ending.output.prefix(200).trimmingCharacters(in: .newlines))")
        let bound = MutationWorker.memoryBound + Self.timesFile * size + costly.result
        if ending.status != 0 || memory > bound || ending.processorSeconds > Self.timeBound {
            torture.report.fault(
                "\(costly.name): \(ending.status), \(Report.milliseconds(ending.processorSeconds)) of "
                    + "\(Report.milliseconds(Self.timeBound)), "
                    + "\(Report.mebibytes(memory)) of \(Report.mebibytes(bound)) \(ending.tail)",
                again: "Scripts/torture.sh --skip-build --part costs")
        }
    }

    /// Writes all files; in a process of its own.
    static func write(to place: URL) throws {
        for costly in CostlyFile.all {
            try Data(costly.content()).write(to: place.appendingPathComponent(costly.file))
        }
    }

    /// Reads one; in a process of its own.
    static func read(_ name: String, in place: URL) {
        guard let costly = CostlyFile.all.first(where: { $0.name == name }) else { return }
        do {
            try costly.read(place.appendingPathComponent(costly.file))
            print("read")
        } catch {
            print("refused: \(error)")
        }
    }
}
