internal import Foundation

/// `torture [--seconds N] [--seed S] [--part NAME] [--format NAME] [--count N] [--case N]`: damaged files, kills, full disks, two
/// processes at once and costly files, for as long as there is time. Ends with 1 where anything failed.
@main
enum Main {
    /// Shares of the time.
    private static let parts: [(name: String, share: Double)] = [
        ("costs", 0.1), ("mutations", 0.36), ("kills", 0.24), ("disks", 0.15), ("two", 0.15),
    ]

    static func main() {
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            if try serve(words) { return }
            exit(try torment(Options(words)) ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("torture: \(error)\n".utf8))
            exit(2)
        }
    }

    /// What the processes do that this program starts.
    private static func serve(_ words: [String]) throws -> Bool {
        switch (words.first, words.count) {
        case ("fixture", 2): try Fixture.write(to: URL(fileURLWithPath: words[1]))
        case ("costs", 2): try Costs.write(to: URL(fileURLWithPath: words[1]))
        case ("read", 3): Costs.read(words[1], in: URL(fileURLWithPath: words[2]))
        case ("worker", 8):
            guard let seed = UInt64(words[2]), let first = Int(words[3]), let count = Int(words[4]), let time = Double(words[5])
            else { return false }
            let place = Specimen.Place(folder: URL(fileURLWithPath: words[7]), fixture: URL(fileURLWithPath: words[6]))
            let worker = try MutationWorker(words[1], seed: seed, place: place)
            let summary = try worker.run(from: first, count: count, seconds: time)
            print(String(decoding: try JSONEncoder().encode(summary), as: UTF8.self))
        default: return false
        }
        return true
    }

    /// All parts that are asked for; whether nothing failed.
    private static func torment(_ options: Options) throws -> Bool {
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "torture-of-\(ProcessInfo.processInfo.processIdentifier)")
        let torture = Torture(
            program: program.path, fss: program.deletingLastPathComponent().appendingPathComponent("fss").path, folder: folder,
            seed: options.seed, report: Report())
        try torture.prepare()
        if let number = options.number, let format = options.formats.first {
            let place = Specimen.Place(folder: folder.appendingPathComponent("case"), fixture: torture.fixture)
            try FileManager.default.createDirectory(at: place.folder, withIntermediateDirectories: true)
            try MutationWorker(format, seed: options.seed, place: place).show(number)
            return true
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        let chosen = parts.filter { options.parts.isEmpty || options.parts.contains($0.name) }
        let end = ContinuousClock.now + .seconds(options.seconds)
        for (index, part) in chosen.enumerated() {
            let shares = chosen[index...].reduce(0) { $0 + $1.share }
            let seconds = max((end - ContinuousClock.now) / .seconds(1), 1) * part.share / shares
            switch part.name {
            case "costs": try Costs(torture: torture).run()
            case "mutations":
                try Mutations(torture: torture, formats: options.formats, count: options.count).run(seconds: seconds)
            case "kills": try Kills(torture: torture, count: options.count).run(seconds: seconds)
            case "disks": try FullDisks(torture: torture).run(seconds: seconds)
            default: try TwoAtOnce(torture: torture).run(seconds: seconds)
            }
        }
        print("torture, seed \(options.seed): \(torture.report.faults) faults")
        return torture.report.faults == 0
    }
}

/// The words of the command line.
struct Options {
    var seconds = 300.0
    var seed: UInt64 = 0
    var parts: [String] = []
    var formats: [String] = []
    var count: Int?
    var number: Int?

    private static let usage = """
        usage: torture [--seconds N] [--seed S] [--part costs|mutations|kills|disks|two]... [--format NAME]...
               [--count N] [--case NUMBER]
        --count N: that many cases a format or kills a command, whatever time they take
        --case NUMBER: one case of the format in this process; its file stays
        """

    init(_ words: [String]) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard let value = rest.popFirst() else { throw TortureError(Self.usage) }
            switch (word, Int(value)) {
            case ("--seconds", let number?) where number > 0: seconds = Double(number)
            case ("--seed", let number?) where number >= 0: seed = UInt64(number)
            case ("--count", let found?) where found > 0: count = found
            case ("--case", let found?) where found >= 0: number = found
            case ("--part", _) where ["costs", "mutations", "kills", "disks", "two"].contains(value): parts.append(value)
            case ("--format", _) where Specimen.formats.contains { $0.name == value }: formats.append(value)
            default:
                throw TortureError(
                    "\(word) \(value)?\n\(Self.usage)\nformats: \(Specimen.formats.map(\.name).joined(separator: " "))")
            }
        }
        if !formats.isEmpty { parts = ["mutations"] }
    }
}
