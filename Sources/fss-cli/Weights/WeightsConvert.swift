internal import ArgumentParser
internal import Foundation
internal import SegModels

/// `fss weights convert`.
struct WeightsConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Store weights of any format as safetensors, in another number format; names and metadata stay.",
        discussion: """
            bfloat16 halves a file at the price of rounding every weight to 8 bits; a loader widens it again. PyTorch's files \
            (.pth, .pt, TorchScript) and NumPy's (.npy, .npz) are read as data, and nothing in them is ever run.

            Examples:
              fss weights convert runs/a/model.safetensors small.safetensors
              fss weights convert resnet50-0676ba61.pth resnet50.safetensors \\
                  --precision float32
            """)

    @Argument(help: "A file of weights.")
    var file: String

    @Argument(help: "The file to write.")
    var output: String

    @Option(help: "The number format to store.")
    var precision = WeightsConversion.standardPrecision

    @Flag(help: "Replace the file where there is one.")
    var force = false

    @OptionGroup var report: ReportOptions

    func run() throws {
        let conversion = try WeightsConversion(
            of: URL(fileURLWithPath: file), to: URL(fileURLWithPath: output), precision: precision, force: force)
        for note in conversion.notes { report.console.note(note) }
        report.console.line("\(conversion.tensors) tensors in \(precision): \(output)")
        try report.console.emit(conversion)
    }
}
