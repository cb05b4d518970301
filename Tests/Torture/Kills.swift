internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Part 2: `kill -9` at random moments. What goes on afterwards ends in the bytes of a run that nobody touched and leaves nothing
/// lying about.
struct Kills {
    var torture: Torture
    /// Kills a command; nil for as many as the time allows.
    var count: Int?

    /// Kills before a run is left alone to its end.
    private static let turns = 4

    func run(seconds: Double) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        for (index, command) in Command.long.enumerated() {
            let left = max((end - ContinuousClock.now) / .seconds(1), 1)
            try run(command, seconds: count == nil ? left / Double(Command.long.count - index) : .infinity)
        }
    }

    private func run(_ command: Command, seconds: Double) throws {
        let start = ContinuousClock.now
        let place = try torture.workplace("kills")
        var random = CaseRandom(seed: torture.seed, format: command.name, number: 0)
        try command.prepare("whole", in: place, torture)
        let whole = try torture.run(command.beginning(in: "whole"), in: place)
        guard whole.status == 0 else { throw TortureError("\(command.name) ends with \(whole.status): \(whole.tail)") }
        var (kills, rounds, early) = (0, 0, 0)
        while kills < count ?? .max, torture.report.faults < 20 {
            let spent = (ContinuousClock.now - start) / .seconds(1)
            if spent > seconds && rounds > 0 { break }
            rounds += 1
            try command.prepare("killed", in: place, torture)
            for _ in 0..<Self.turns where kills < count ?? .max {
                // Mostly after the first result of its own; every fourth time at any moment, while it loads or ends.
                let isBlind = random.below(4) == 0
                let delay = whole.seconds * (isBlind ? 1 : 0.1) * Double(random.below(10_000)) / 10_000
                let before = Self.progress(command, place)
                var since = isBlind ? 0.0 : nil
                let child = try ChildProcess(torture.fss, command.words(for: "killed", in: place), in: place)
                let ending = child.kill {
                    if since == nil && Self.progress(command, place) != before { since = child.elapsed }
                    return child.elapsed > (since ?? 120) + delay
                }
                if ending.status == -SIGKILL {
                    kills += 1
                } else {
                    if ending.status != 0 {
                        torture.report.fault(
                            "\(command.name) after kill \(kills): \(ending.status): \(ending.tail)", again: again)
                    }
                    break
                }
                if !Self.isBegun(place) { early += 1 }
            }
            try finish(command, in: place)
        }
        torture.report.line(
            "kills", command.name,
            "\(kills) kills in \(rounds) runs (\(early) before the folder was a run): each ends in the same bytes unless told")
    }

    /// Bytes in the logs of steps, photos and cells, or in what else a command writes; files of a folder.
    private static func progress(_ command: Command, _ place: URL) -> Int {
        command.grows.reduce(0) { sum, name in
            let path = place.appendingPathComponent("killed/\(name)").path
            if let entries = try? FileManager.default.contentsOfDirectory(atPath: path) { return sum + entries.count }
            return sum + ((try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0)
        }
    }

    private static func isBegun(_ place: URL) -> Bool {
        FileManager.default.fileExists(atPath: place.appendingPathComponent("killed/manifest.json").path)
    }

    private var again: String { "Scripts/torture.sh --skip-build --part kills --seed \(torture.seed)" }

    /// Lets the run come to its end, compares it, and clears it away.
    private func finish(_ command: Command, in place: URL) throws {
        let killed = place.appendingPathComponent("killed")
        let ending = try torture.run(command.words(for: "killed", in: place), in: place)
        if ending.status != 0 {
            torture.report.fault("\(command.name) does not go on: \(ending.status): \(ending.tail)", again: again)
        } else if let file = Tree.difference(place.appendingPathComponent("whole"), killed) {
            torture.report.fault("\(command.name): after kills \(file) differs from that of a whole run", again: again)
        }
        let left = Tree.leftovers(place)
        if !left.isEmpty {
            torture.report.fault("\(command.name) leaves \(left.joined(separator: ", "))", again: again)
        }
        try? FileManager.default.removeItem(at: killed)
    }
}
