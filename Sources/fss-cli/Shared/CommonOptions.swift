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
    var console: Console { Console(json: json, quiet: quiet) }
}

/// Where results go.
struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder for the results; by default a new one in runs/.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace the results of an earlier run.")
    var force = false

    /// Prepares the folder.
    func folder(_ command: String) throws -> RunFolder { try RunFolder(out, command: command, force: force) }
}

extension RunManifest {
    /// The manifest of a command that begins.
    init(
        command: String, common: CommonOptions, backbones: [BackboneRecord] = [], settings: Settings, started: Date
    ) {
        self.init(
            command: command, arguments: FSS.arguments, compute: ComputeRecord(common.compute), backbones: backbones,
            settings: settings, started: started)
    }
}
