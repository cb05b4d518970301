internal import ArgumentParser
internal import Diffusion
internal import Foundation
internal import SegModels

/// `fss weights inspect`.
struct WeightsInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what a file of weights is, what it holds and which backbones it fits.",
        discussion: """
            Formats: safetensors, one file or shards behind an index; PyTorch's .pth of any version and TorchScript's .pt, which \
            are read as data and never run; NumPy's .npy and .npz. Of what training scripts save, the model is taken: \
            "state_dict_ema", "model_ema", "teacher", "state_dict", "model" and their like, in this order, and "module." is \
            taken off the names. What was done is printed.


            A network fits when every tensor has the right name and shape. Weights can fit several that differ in padding or \
            stride placement, and several descriptions that differ in what they expect of pixels (channel order, mean); the \
            file's metadata and its source decide.

            Examples:
              fss weights inspect resnet50-0676ba61.pth
              fss weights inspect resnet50.safetensors \\
                  --backbone resnet50-torchvision --tensors
            """)

    @Argument(help: ArgumentHelp("A file of weights.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp(
            "Load strictly as this backbone (a name or a description) and report what does not fit.", valueName: "name"))
    var backbone: String?

    @Flag(help: "List every tensor.")
    var tensors = false

    @Flag(help: "Read the whole file for its SHA-256, and say whether it is a published one.")
    var digest = false

    @OptionGroup var report: ReportOptions

    func run() throws {
        let inspection = try WeightsInspection(of: URL(fileURLWithPath: file), digest: digest)
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
        console.line("format      \(inspection.file.format), \(Self.size(inspection.file.bytes))")
        if let sha256 = inspection.file.sha256 { console.line("sha256      \(sha256)") }
        if let known = inspection.published {
            let reason = inspection.file.sha256 == nil ? "by its name" : "by its digest"
            console.line("published   \(known.publisher)'s \(known.fileName) \(reason); licence: \(known.licence)")
        }
        for note in inspection.notes { console.line("names       \(note)") }
        console.line("tensors     \(inspection.tensors.count), \(inspection.scalars) numbers")
        let types = inspection.types.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        console.line("types       \(types.joined(separator: ", "))")
        for (name, type) in inspection.unreadable.sorted(by: { $0.key < $1.key }) {
            console.line("not read    \(name), of the type \(type)")
        }
        for network in inspection.networks { console.line("network     \(network)") }
        if inspection.assumptions.isEmpty { console.line("fits        no built-in backbone") }
        for fit in inspection.assumptions {
            console.line("fits        \(fit.name), which expects \(Self.words(fit.preprocessing))")
        }
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

    private static func size(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes) bytes" : "\((Double(bytes) / 1_048_576).formatted(.number.precision(.fractionLength(1)))) MiB"
    }

    /// `rgb, (pixel * 0.0039 - mean) / std, mean 0.485 ..., std 0.229 ...`
    private static func words(_ rule: Preprocessing) -> String {
        func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: " ") }
        return "\(rule.channelOrder.rawValue) * \(rule.scale), minus \(list(rule.mean)), divided by \(list(rule.std))"
    }
}
