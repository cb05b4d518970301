internal import Foundation

/// Part 4: two processes that want one folder. One has it; the other says who; the folder is that of one run.
struct TwoAtOnce {
    var torture: Torture

    func run(seconds: Double) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        for (index, command) in Command.all.enumerated() {
            let left = max((end - ContinuousClock.now) / .seconds(1), 1)
            try run(command, seconds: left / Double(Command.all.count - index))
        }
    }

    private func run(_ command: Command, seconds: Double) throws {
        let start = ContinuousClock.now
        let place = try torture.workplace("two")
        var random = CaseRandom(seed: torture.seed, format: "two", number: 0)
        let whole = try torture.run(command.begin + ["--out", "whole"], in: place)
        guard whole.status == 0 else { throw TortureError("\(command.name) ends with \(whole.status): \(whole.tail)") }
        var (pairs, resumed) = (0, 0)
        repeat {
            try pair(command, delay: Double(random.below(pairs == 0 ? 1 : 300)) / 1000, in: place)
            pairs += 1
            try intrude(command, in: place)
            resumed += 1
        } while (ContinuousClock.now - start) / .seconds(1) < seconds
        torture.report.line(
            "two at once", command.name, "\(pairs) pairs for one folder, \(resumed) runs disturbed while they ran")
    }

    private func fault(_ command: Command, _ text: String) {
        torture.report.fault(
            "two at once, \(command.name): \(text)",
            again: "Scripts/torture.sh --skip-build --part two --seed \(torture.seed)")
    }

    /// Two that begin in one new folder.
    private func pair(_ command: Command, delay: Double, in place: URL) throws {
        let words = command.begin + ["--out", "one"]
        let first = try ChildProcess(torture.fss, words, in: place)
        usleep(UInt32(delay * 1e6))
        let second = try ChildProcess(torture.fss, words, in: place)
        let endings = [first.wait(), second.wait()]
        let losers = endings.filter { $0.status != 0 }
        if losers.count != 1 {
            fault(command, "\(losers.count) of two are refused: \(endings.map(\.tail).joined(separator: " // "))")
        }
        for loser in losers where losers.count == 1 { check(loser, command) }
        compare(command, in: place)
        try? FileManager.default.removeItem(at: place.appendingPathComponent("one"))
    }

    /// One that runs, and others that want to replace or continue it meanwhile.
    private func intrude(_ command: Command, in place: URL) throws {
        let first = try ChildProcess(torture.fss, command.begin + ["--out", "one"], in: place)
        let manifest = place.appendingPathComponent("one/manifest.json").path
        while !FileManager.default.fileExists(atPath: manifest) && first.elapsed < 60 { usleep(1000) }
        let force = command.begin + ["--out", "one", "--force"]
        var disturbers = [try ChildProcess(torture.fss, force, in: place)]
        if let resume = command.resume {
            disturbers.append(try ChildProcess(torture.fss, resume + ["--resume", "one"], in: place))
        }
        let ending = first.wait()
        if ending.status != 0 { fault(command, "is disturbed: \(ending.status): \(ending.tail)") }
        for disturber in disturbers {
            let other = disturber.wait()
            // Whoever came after the end may have the folder.
            if other.status != 0 { check(other, command) }
        }
        compare(command, in: place)
        try? FileManager.default.removeItem(at: place.appendingPathComponent("one"))
    }

    /// Who comes too late says who has the folder.
    private func check(_ ending: ChildProcess.Ending, _ command: Command) {
        let says = ending.errors.contains("in use by") || ending.errors.contains("the results of an earlier run")
        if ending.status != 1 || !says { fault(command, "is refused with \(ending.status): \(ending.tail)") }
    }

    private func compare(_ command: Command, in place: URL) {
        let one = place.appendingPathComponent("one")
        if let file = Tree.difference(place.appendingPathComponent("whole"), one) {
            fault(command, "\(file) differs from that of a run alone")
        }
        let left = Tree.leftovers(place)
        if !left.isEmpty { fault(command, "leaves \(left.joined(separator: ", "))") }
    }
}
