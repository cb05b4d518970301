internal import ArgumentParser
internal import SegModels

/// `fss weights`.
struct Weights: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetch weights, look into them, check which backbone they fit, store them smaller.",
        discussion: """
            Examples:
              fss weights list
              fss weights download resnet50-torchvision
              fss weights inspect resnet50.safetensors \\
                  --backbone resnet50-torchvision
            """,
        subcommands: [WeightsFetch.self, WeightsInspect.self, WeightsConvert.self, WeightsList.self])
}

/// `fss weights list`.
struct WeightsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the backbones that are known by name.",
        discussion: """
            Example:
              fss weights list --json
            """)

    @OptionGroup var report: ReportOptions

    func run() throws {
        let entries = try Backbones.names.map { name in
            PresetEntry(
                name: name, file: try Backbones.fileName(of: name),
                preprocessing: try Backbones.description(named: name).preprocessing)
        }
        var table = TextTable(["name", "usual file", "channels", "mean"], leftColumns: 4)
        for entry in entries {
            let mean = entry.preprocessing.mean.map { "\($0)" }.joined(separator: ", ")
            table.add([entry.name, entry.file, entry.preprocessing.channelOrder.rawValue, mean])
        }
        report.console.table(table)
        try report.console.emit(entries)
    }
}

/// A built-in backbone.
private struct PresetEntry: Codable {
    var name: String
    var file: String
    var preprocessing: Preprocessing
}
