internal import Foundation

/// Part 3: a disk that is full at some byte. A message that names the file, nothing half-written, and what was done is kept: with
/// room again the command goes on to the bytes of a whole run.
struct FullDisks {
    var torture: Torture

    func run(seconds: Double) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        let commands = Command.all + Command.syn4Seg(steps: 20)
        for (index, command) in commands.enumerated() {
            let left = max((end - ContinuousClock.now) / .seconds(1), 1)
            try run(command, seconds: left / Double(commands.count - index))
        }
    }

    private func run(_ command: Command, seconds: Double) throws {
        let start = ContinuousClock.now
        let place = try torture.workplace("disks")
        var random = CaseRandom(seed: torture.seed, format: "disk", number: 0)
        try command.prepare("whole", in: place, torture)
        let whole = try torture.run(command.beginning(in: "whole"), in: place)
        guard whole.status == 0 else { throw TortureError("\(command.name) ends with \(whole.status): \(whole.tail)") }
        // In an order of the seed, so that a short time takes others every time.
        var limits = try Self.limits(place.appendingPathComponent("whole"))
        for index in limits.indices { limits.swapAt(index, index + random.below(limits.count - index)) }
        var (tried, full) = (0, 0)
        for limit in limits {
            if tried >= 3, (ContinuousClock.now - start) / .seconds(1) > seconds { break }
            tried += 1
            // Features of photos are kept beside the run: they are made anew as well.
            try? FileManager.default.removeItem(at: place.appendingPathComponent("features"))
            if try isRefused(command, limit, in: place) { full += 1 }
            try goOn(command, limit, in: place)
        }
        torture.report.line("full disk", command.name, "\(tried) limits of a file's size, \(full) of them too small")
    }

    /// Blocks of 512 bytes beyond which no file may grow, such that one of the run's files just has no room.
    private static func limits(_ run: URL) throws -> [Int] {
        let sizes = try Tree.files(run).map { name in
            let path = run.appendingPathComponent(name).path
            return try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        }
        return Set(sizes.map { max(($0 - 1) / 512, 1) }).sorted()
    }

    private func fault(_ command: Command, _ limit: Int, _ text: String) {
        torture.report.fault(
            "\(command.name) with files of at most \(limit) blocks: \(text)",
            again: "Scripts/torture.sh --skip-build --part disks --seed \(torture.seed)")
    }

    /// Whether the command ended for want of room, as it should.
    private func isRefused(_ command: Command, _ limit: Int, in place: URL) throws -> Bool {
        try command.prepare("full", in: place, torture)
        let ending = try torture.run(command.beginning(in: "full"), in: place, fileLimit: limit)
        let left = Tree.leftovers(place)
        if !left.isEmpty { fault(command, limit, "leaves \(left.joined(separator: ", "))") }
        if ending.status == 0 { return false }
        let says = ending.errors.contains("limit") || ending.errors.contains("large") || ending.errors.contains("space")
        if ending.status != 1 || !says || ending.errors.contains("Fatal error") || ending.errors.contains("ErrorDomain") {
            fault(command, limit, "ends with \(ending.status): \(ending.tail)")
        }
        if !ending.errors.contains(place.lastPathComponent) { fault(command, limit, "names no file: \(ending.tail)") }
        return true
    }

    /// With room again.
    private func goOn(_ command: Command, _ limit: Int, in place: URL) throws {
        let ending = try torture.run(command.words(for: "full", in: place), in: place)
        if ending.status != 0 {
            fault(command, limit, "does not go on with room again: \(ending.status): \(ending.tail)")
        } else if let file = Tree.difference(place.appendingPathComponent("whole"), place.appendingPathComponent("full")) {
            fault(command, limit, "\(file) differs from that of a whole run once there is room again")
        }
        try? FileManager.default.removeItem(at: place.appendingPathComponent("full"))
    }
}
