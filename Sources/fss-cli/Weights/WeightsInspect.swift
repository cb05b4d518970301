internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

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
        let url = URL(fileURLWithPath: file)
        let state = try Safetensors.load(contentsOf: url)
        let inspection = WeightsInspection(state, file: try FileRecord(url), described: try described(url))
        print(inspection, state)
        try report.console.emit(inspection)
        if let backbone {
            let loaded = try BackboneChoice(name: backbone, weights: file).load(precision: .float32)
            report.console.line("loads as \(loaded.description.name): \(loaded.report)")
        }
    }

    private func print(_ inspection: WeightsInspection, _ state: StateDict) {
        let console = report.console
        console.line("\(inspection.file.path)")
        console.line("sha256      \(inspection.file.sha256)")
        console.line("tensors     \(inspection.tensors.count), \(inspection.scalars) numbers")
        let types = inspection.types.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        console.line("types       \(types.joined(separator: ", "))")
        for network in inspection.networks { console.line("network     \(network)") }
        console.line("fits        \(inspection.fits.isEmpty ? "no built-in backbone" : inspection.fits.joined(separator: ", "))")
        if let own = inspection.described { console.line("describes   itself as \(own)") }
        for (key, value) in state.metadata.sorted(by: { $0.key < $1.key }) {
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

    /// The name in the description that goes with the file.
    private func described(_ url: URL) throws -> String? {
        do throws(BackboneError) {
            return try Backbones.load(weights: url).description.name
        } catch {
            if case .missingDescription = error { return nil }
            throw error
        }
    }
}

/// What a weights file holds.
struct WeightsInspection: Codable {
    /// One tensor.
    struct Entry: Codable {
        var name: String
        var shape: [Int]
        var type: String
    }

    var file: FileRecord
    var tensors: [Entry]
    /// Numbers in all tensors.
    var scalars: Int
    /// Tensors by type.
    var types: [String: Int]
    var metadata: [String: String]
    /// The networks that have exactly these tensors.
    var networks: [NetworkConfiguration]
    /// Built-in backbones that load them strictly.
    var fits: [String]
    /// The name in the file's own description.
    var described: String?

    init(_ state: StateDict, file: FileRecord, described: String?) {
        let index = WeightsIndex(state)
        self.file = file
        networks = BackboneFamilies.networks(fitting: index)
        fits = Backbones.names(fitting: index)
        self.described = described
        metadata = state.metadata
        tensors = state.names.compactMap { name in
            state[name].map { Entry(name: name, shape: Array($0.shape), type: "\($0.dtype)") }
        }
        scalars = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        types = Dictionary(grouping: tensors, by: \.type).mapValues(\.count)
    }
}
