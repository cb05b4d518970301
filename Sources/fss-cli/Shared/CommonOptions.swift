internal import ArgumentParser
internal import Datasets
internal import Foundation

/// Options that every computing command has.
struct CommonOptions: ParsableArguments {
    @OptionGroup var report: ReportOptions

    @Option(help: "Seed of everything that is drawn at random; 0 by default.")
    var seed: UInt64?

    @Option(help: "Threads to compute with; by default one for each core.")
    var threads: Int?

    @Option(help: "Device to compute on, such as onednn, reference or cuda:1; by default the best of this build.")
    var device: String?

    @Option(help: "Number format of activations; float32 by default.")
    var precision: ComputeSettings.Precision?

    func validate() throws { try validating { try compute.validate() } }

    /// How the command computes.
    var compute: ComputeSettings {
        let standard = ComputeSettings()
        return ComputeSettings(
            precision: precision ?? standard.precision, seed: seed ?? standard.seed, threads: threads, device: device)
    }

    /// Where the command writes.
    var console: Console { report.console }

    /// Makes the settings that hold for the whole process.
    func apply() throws { try compute.apply() }
}

/// Options of every command.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON on standard output, and nothing else there.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no remarks; errors only.")
    var quiet = false

    /// Where the command writes.
    var console: Console {
        let isSilent = !Session.ranks.isFirst
        return Console(json: json, quiet: quiet || isSilent, isSilent: isSilent)
    }
}

/// Where results go.
struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder for the results; by default a new one in runs/.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace the results of an earlier run.")
    var force = false

    /// Takes the folder.
    func folder(_ command: String) throws -> RunFolder { try RunFolder(out, command: command, force: force) }
}

/// Where results go that a later command can add to.
struct ResumableOutputOptions: ParsableArguments {
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("Continue the run in this folder; what is done there is kept.", valueName: "folder"))
    var resume: String?

    /// Refuses, beside `--resume`, what was settled when the run began.
    func refuse(_ given: [(name: String, isGiven: Bool)]) throws {
        let place = [("--out", output.out != nil), ("--force", output.force)]
        guard resume != nil, let name = (place + given).first(where: \.1)?.0 else { return }
        throw ValidationError("\(name) was settled when the run began, and --resume keeps it; leave it out or start a new run.")
    }

    /// Takes the folder.
    func folder(_ command: String) throws -> RunFolder {
        let ranks = Session.ranks
        if let resume { return try RunFolder.resumed(resume, command: command, ranks: ranks) }
        return try RunFolder.taken(output.out, command: command, force: output.force, ranks: ranks)
    }

    /// Does a command's work; one that is interrupted says how to go on.
    nonisolated(nonsending) func resumably<Result>(
        _ command: String, in folder: RunFolder, _ work: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await work()
        } catch is CancellationError {
            throw Interrupted(advice: "What is done is kept. Continue with: fss \(command) --resume \(folder.url.path)")
        }
    }
}

extension CommonOptions {
    /// What decides a run's results; one that is continued takes it from its manifest.
    var deciding: [(name: String, isGiven: Bool)] { [("--seed", seed != nil), ("--precision", precision != nil)] }
}
