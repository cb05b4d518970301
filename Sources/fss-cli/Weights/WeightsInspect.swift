internal import ArgumentParser
internal import Diffusion
internal import Foundation
internal import SegModels

/// `fss weights inspect`.
struct WeightsInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "List the tensors of a safetensors file and the backbones that they fit.",
        discussion: """
            A network fits when every tensor has the right name and shape. Weights can fit several that differ in padding or \
            stride placement, and several descriptions that differ in what they expect of pixels (channel order, mean); the \
            file's metadata and its source decide.

            Examples:
              fss weights inspect resnet50.safetensors
              fss weights inspect resnet50.safetensors \\
                  --backbone resnet50-torchvision --tensors
            """)

    @Argument(help: ArgumentHelp("A safetensors file.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp(
            "Load strictly as this backbone (a name or a description) and report what does not fit.", valueName: "name"))
    var backbone: String?

    @Flag(help: "List every tensor.")
    var tensors = false

    @OptionGroup var report: ReportOptions

    func run() throws {
        let inspection = try WeightsInspection(of: URL(fileURLWithPath: file))
        print(inspection)
        try report.console.emit(inspection)
        if let backbone {
            let loaded = try BackboneChoice(name: backbone, weights: file).load()
            report.console.line("loads as \(loaded.description.name): \(loaded.report)")
        }
    }

    private func print(_ inspection: WeightsInspection) {
        let console = report.console
        console.line("\(inspection.file.path)")
        console.line("sha256      \(inspection.file.sha256)")
        console.line("tensors     \(inspection.tensors.count), \(inspection.scalars) numbers")
        let types = inspection.types.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        console.line("types       \(types.joined(separator: ", "))")
        for network in inspection.networks { console.line("network     \(network)") }
        console.line("fits        \(inspection.fits.isEmpty ? "no built-in backbone" : inspection.fits.joined(separator: ", "))")
        if let own = inspection.described { console.line("describes   itself as \(own)") }
        for (key, value) in inspection.metadata.sorted(by: { $0.key < $1.key }) {
            console.line("metadata    \(key): \(value.prefix(300))")
        }
        guard tensors else { return }
        var table = TextTable(["tensor", "shape", "type"])
        for tensor in inspection.tensors {
            table.add([tensor.name, tensor.shape.map(String.init).joined(separator: "x"), tensor.type])
        }
        console.line()
        console.table(table)
    }
}
