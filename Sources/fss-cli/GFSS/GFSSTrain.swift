internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import PseudoLabel

/// `fss gfss train`.
struct GFSSTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Learn base classes from many images, then novel ones from supports and synthetic images.",
        discussion: """
            Examples:
              fss gfss train base --dataset shapes5i --convention capl \\
                  --backbone net.safetensors --out runs/base0
              fss gfss train novel --dataset shapes5i --convention capl \\
                  --base runs/base0/model.safetensors --shots 1 --support-seed 123
            """,
        subcommands: [GFSSTrainBase.self, GFSSTrainNovel.self])
}

/// What decides a training beside its data.
struct GFSSSettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("JSON with any part of the configuration.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Sets one key of the configuration; may be repeated.", valueName: "key.path=value"))
    var assignments: [String] = []

    @Flag(help: "Print the configuration, defaults included, and stop.")
    var printConfig = false

    /// What was given, by name.
    var deciding: [(name: String, isGiven: Bool)] { [("--config", config != nil), ("--set", !assignments.isEmpty)] }

    /// The settings.
    func settings(from base: GFSSSettings, _ common: CommonOptions) throws -> GFSSSettings {
        let json = try config.map { file in
            do { return try String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8) } catch {
                throw RunError.unreadable(
                    file, error, expected: "a configuration as --print-config prints it", advice: "check --config")
            }
        }
        var settings = try base.changed(byJSON: json, file: config ?? "", assignments: assignments)
        if let seed = common.seed { settings.training.seed = seed }
        return settings
    }
}
