internal import ArgumentParser
internal import Datasets

/// The numbers of a command, as a file and single keys change them.
struct SettingsOptions: ParsableArguments {
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
    func settings<Settings: RunSettings>(from base: Settings) throws -> Settings {
        try base.changed(byFile: config, assignments: assignments)
    }
}
